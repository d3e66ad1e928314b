import * as tf from '@tensorflow/tfjs';
import { type Granularity, rankScores } from '@winnow/ops';

/** Where log α is cut off, as published, and what keeps its logarithm finite. */
const LIMIT = 8;
export const EPSILON = 1e-8;

/** log α = clip(log σ² − log(w² + ε), ±8): how noisy a weight is, as a ratio. */
export function logAlpha(kernel: tf.Tensor, logVariance: tf.Tensor): tf.Tensor {
  return tf.clipByValue(tf.sub(logVariance, tf.log(tf.add(tf.square(kernel), EPSILON))), -LIMIT, LIMIT);
}

/**
 * What pruning ranks where every weight has a trained variance: −log α, or a column's norm, which counts the weights
 * that would be kept, each by its signal-to-noise ratio 1/√α.
 */
export function logAlphaScores(kernel: tf.Tensor, logVariance: tf.Tensor, granularity: Granularity): tf.Tensor {
  return tf.tidy(() => {
    const certainty = tf.neg(logAlpha(kernel, logVariance));
    return granularity === 'weight' ? certainty : rankScores(tf.exp(tf.mul(certainty, 0.5)), 'unit');
  });
}
