import type * as tf from '@tensorflow/tfjs';
import { withCutWeights } from '@winnow/ops';
import type { TargetedDropoutRates } from '../ramped-rates.js';

/**
 * Says of a kernel that dropout set weights of it to 0, and has no gradient for them.
 *
 * @returns `kernel`
 */
export function dropped(
  kernel: tf.Tensor,
  origin: tf.Tensor,
  { targetFraction, dropRate }: TargetedDropoutRates,
): tf.Tensor {
  return withCutWeights(kernel, { gradient: { origin }, density: 1 - targetFraction * dropRate });
}
