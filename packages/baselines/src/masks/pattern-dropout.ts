import * as tf from '@tensorflow/tfjs';
import { kernelIdOf, targetedDropout } from '@winnow/ops';
import type { Pattern } from '../patterns/pattern.js';
import type { TargetedDropoutRates } from '../ramped-rates.js';
import { keptMagnitudes } from './kept-magnitudes.js';

/** Targeted dropout whose targets are what a pattern would cut: one coin for each of what falls together. */
export function patternDropout(
  kernel: tf.Tensor,
  pattern: Pattern,
  { targetFraction, dropRate }: TargetedDropoutRates,
  { seed, step, path }: { seed: number; step: number; path: string },
): tf.Tensor {
  return tf.tidy(() => {
    const kept = keptMagnitudes(kernel, pattern, pattern.sparsity ?? targetFraction, path);
    const coins = { targetFraction: 1, dropRate, seed, step, kernelId: kernelIdOf(path) };
    const groups = pattern.groups(kernel.shape);
    const dropped = tf.util.arraysEqual(groups, kernel.shape)
      ? targetedDropout(kernel, coins)
      : tf.mul(kernel, pattern.spread(targetedDropout(tf.ones(groups), coins), kernel.shape));
    return tf.where(kept, kernel, dropped);
  });
}
