import * as tf from '@tensorflow/tfjs';
import { type Granularity, rankScores } from '@winnow/ops';
import type { Score } from './score.js';

/** |w|. */
export const magnitude: Score = {
  name: 'magnitude',
  about: '|w|',
  gradient: 'none',
  of: ({ kernel }) => tf.abs(kernel),
};

/**
 * What pruning ranks where weights have a factor, a mask or a trained switch: |w · factor|, or the columns' L2 norm of
 * it.
 */
export function magnitudeOfProduct(kernel: tf.Tensor, factor: tf.Tensor, granularity: Granularity): tf.Tensor {
  return tf.tidy(() => rankScores(tf.abs(tf.mul(kernel, factor)), granularity));
}
