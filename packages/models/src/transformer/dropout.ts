import type * as tf from '@tensorflow/tfjs';
import { kernelIdOf, targetedDropout } from '@winnow/ops';

/**
 * Dropout of activations: every element is zero with probability `rate`, the others are multiplied by 1/(1 − rate). It is
 * targeted dropout of everything, so the mask is Philox's at (seed, step, path), the same on every backend, and the backward
 * pass keeps one bit per element.
 */
export function dropout(x: tf.Tensor, options: { rate: number; seed: number; step: number; path: string }): tf.Tensor {
  const { rate, seed, step, path } = options;
  return targetedDropout(x, {
    targetFraction: 1,
    dropRate: rate,
    rescale: true,
    seed,
    step,
    kernelId: kernelIdOf(path),
    name: path,
  });
}
