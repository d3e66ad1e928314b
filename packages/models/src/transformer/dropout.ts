import type * as tf from '@tensorflow/tfjs';
import { kernelIdOf, targetedDropout } from '@winnow/ops';

/**
 * Dropout of activations: sets each element to zero with probability `rate` and multiplies the others by 1/(1 − rate).
 * Implemented as targeted dropout of all elements, so the Philox mask depends only on (seed, step, path), is the same
 * on every backend, and the backward pass keeps one bit per element.
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
