/**
 * Sequence operations composed from tfjs's, with the signatures of the fused ones.
 */

import * as tf from '@tensorflow/tfjs';

/** (x − mean)/√(variance + ε) over the last axis, times scale, plus offset. */
export function layerNorm(x: tf.Tensor, scale: tf.Tensor, offset: tf.Tensor, epsilon = 1e-5): tf.Tensor {
  return tf.tidy(() => {
    const normalised = tf.customGrad((input, save) => {
      const x = input as tf.Tensor;
      const centred = tf.sub(x, tf.mean(x, -1, true));
      const deviation = tf.rsqrt(tf.add(tf.mean(tf.square(centred), -1, true), epsilon));
      const y = tf.mul(centred, deviation);
      (save as tf.GradSaveFunc)([y, deviation]);
      return {
        value: y,
        gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
          const [y, deviation] = saved as [tf.Tensor, tf.Tensor];
          const projection = tf.mul(y, tf.mean(tf.mul(dy, y), -1, true));
          return tf.mul(deviation, tf.sub(tf.sub(dy, tf.mean(dy, -1, true)), projection));
        },
      };
    })(x);
    return tf.add(tf.mul(normalised, scale), offset);
  });
}

/** x·Φ(x). */
export function gelu(x: tf.Tensor): tf.Tensor {
  return tf.tidy(() => tf.mul(x, tf.mul(0.5, tf.add(1, tf.erf(tf.mul(x, Math.SQRT1_2))))));
}

/** x + bias, then the activation. */
export function addBias(x: tf.Tensor, bias: tf.Tensor, activation?: 'relu' | 'gelu'): tf.Tensor {
  return tf.tidy(() => {
    const sum = tf.add(x, bias);
    if (activation === undefined) return sum;
    return activation === 'relu' ? tf.relu(sum) : gelu(sum);
  });
}

/** Cross-entropy of each label under softmax(logits). */
export function softmaxCrossEntropy(
  logits: tf.Tensor,
  labels: tf.Tensor,
  options: { labelSmoothing?: number; ignoreLabel?: number } = {},
): tf.Tensor {
  const { labelSmoothing = 0, ignoreLabel } = options;
  return tf.tidy(() => {
    const classes = logits.shape.at(-1)!;
    const counted = ignoreLabel === undefined ? tf.onesLike(labels) : tf.notEqual(labels, ignoreLabel);
    const weight = tf.cast(counted, 'float32');
    const target = tf.mul(
      tf.add(tf.mul(tf.oneHot(tf.cast(labels, 'int32'), classes), 1 - labelSmoothing), labelSmoothing / classes),
      tf.expandDims(weight, -1),
    );
    return tf.customGrad((input, save) => {
      const logProbability = tf.logSoftmax(input as tf.Tensor);
      (save as tf.GradSaveFunc)([logProbability, target, weight]);
      return {
        value: tf.neg(tf.sum(tf.mul(target, logProbability), -1)),
        gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
          const [logProbability, target, weight] = saved as [tf.Tensor, tf.Tensor, tf.Tensor];
          const difference = tf.sub(tf.mul(tf.exp(logProbability), tf.expandDims(weight, -1)), target);
          return tf.mul(difference, tf.expandDims(dy, -1));
        },
      };
    })(logits);
  });
}
