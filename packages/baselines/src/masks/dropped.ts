import type * as tf from '@tensorflow/tfjs';
import {
  type DropoutOptions,
  kernelIdOf,
  type TargetedDropoutAllOptions,
  targetedDropout,
  targetedDropoutAll,
  withCutWeights,
} from '@winnow/ops';
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

/** Drops weights of the kernel at a path, and says so. */
export function dropWeights(kernel: tf.Tensor, path: string, options: DropoutOptions): tf.Tensor {
  return dropped(targetedDropout(kernel, { ...options, kernelId: kernelIdOf(path), name: path }), kernel, options);
}

/** The same for all kernels of a step in one call. */
export function dropAllWeights(
  kernels: ReadonlyMap<string, tf.Tensor>,
  options: TargetedDropoutAllOptions,
): Map<string, tf.Tensor> {
  const made = targetedDropoutAll(kernels, options);
  for (const [path, kernel] of kernels) dropped(made.get(path) as tf.Tensor, kernel, options);
  return made;
}
