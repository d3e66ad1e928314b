import * as tf from '@tensorflow/tfjs';
import { type Granularity, kernelMatrix } from './kernel-matrix.js';

/**
 * Scores at a granularity: those of single weights unchanged, or the L2 norms of their columns, `[units]`.
 *
 * @param scores float32, the last axis counts units
 */
export function rankScores(scores: tf.Tensor, granularity: Granularity): tf.Tensor {
  if (granularity === 'weight') return tf.clone(scores);
  return tf.tidy(() => {
    const { fanIn, units } = kernelMatrix('rankScores', scores.shape);
    return tf.sqrt(tf.sum(tf.square(tf.reshape(scores, [fanIn, units])), 0));
  });
}
