import * as tf from '@tensorflow/tfjs';
import { rankMask } from '@winnow/ops';

/** A float32 mask that keeps exactly `kept` of a tensor's entries: those with the highest scores. */
export function maskOfCount(scores: tf.Tensor, kept: number): tf.Tensor {
  return tf.tidy(() => {
    // As one column, so that a vector of units ranks as a matrix does.
    const column = tf.reshape(scores, [scores.size, 1]);
    const mask = rankMask(column, { sparsity: scores.size === 0 ? 0 : (scores.size - kept) / scores.size });
    return tf.reshape(tf.cast(mask, 'float32'), scores.shape);
  });
}

/**
 * Float32 masks that cut exactly ⌊sparsity · size⌋ of each tensor's entries (`scope: 'layer'`), of each column or of
 * all together.
 */
export function masksOfSparsity(
  scores: readonly tf.Tensor[],
  sparsity: number,
  scope: 'column' | 'layer' | 'global',
): tf.Tensor[] {
  return tf.tidy(() => {
    // Scores of units are one column of them.
    const ranked = scores.map((tensor) => (tensor.rank === 1 ? tf.reshape(tensor, [tensor.size, 1]) : tensor));
    return rankMask(ranked, { sparsity, scope }).map((mask, i) =>
      tf.reshape(tf.cast(mask, 'float32'), (scores[i] as tf.Tensor).shape),
    );
  });
}
