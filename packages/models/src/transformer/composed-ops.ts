/**
 * Sequence operations composed from tfjs's, with the signatures of the fused ones.
 */

import * as tf from '@tensorflow/tfjs';

/** Attention of heads side by side; see `attention` of `@winnow/ops`. */
export function attention(
  query: tf.Tensor,
  key: tf.Tensor,
  value: tf.Tensor,
  options: { heads: number; causal?: boolean; keyMask?: tf.Tensor; scale?: number },
): tf.Tensor {
  const { heads, causal = false, keyMask } = options;
  return tf.tidy(() => {
    const [batch, queries] = query.shape as [number, number, number];
    const keys = key.shape[1] as number;
    const split = (x: tf.Tensor) =>
      tf.transpose(tf.reshape(x, [batch, x.shape[1]!, heads, x.shape[2]! / heads]), [0, 2, 1, 3]);
    const scale = options.scale ?? 1 / Math.sqrt(query.shape[2]! / heads);
    let scores = tf.matMul(split(tf.mul(query, scale)), split(key), false, true);
    if (keyMask !== undefined) {
      scores = tf.add(scores, tf.reshape(tf.mul(tf.sub(tf.cast(keyMask, 'float32'), 1), 1e9), [batch, 1, 1, keys]));
    }
    if (causal) {
      const future = tf.linalg.bandPart(tf.ones([queries, keys]), -1, 0);
      scores = tf.add(scores, tf.mul(tf.sub(future, 1), 1e9));
    }
    const mixed = tf.matMul(tf.softmax(scores), split(value));
    return tf.reshape(tf.transpose(mixed, [0, 2, 1, 3]), [batch, queries, value.shape[2]!]);
  });
}

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
