import * as tf from '@tensorflow/tfjs';
import { checkKeys } from '@winnow/native/value-checks';
import { softmaxCrossEntropy } from '@winnow/ops';

/** Options of `sequenceLoss`. */
export interface SequenceLossOptions {
  /** ε in [0, 1): the target distribution is (1 − ε) at the label and ε/vocabulary everywhere. Default 0. */
  labelSmoothing?: number;
  /** Label to ignore. Default 0. */
  padding?: number;
}

/**
 * Mean cross-entropy over all labels that are not padding.
 *
 * @param logits float32 `[b, t, vocabulary]`
 * @param labels int32 `[b, t]`
 * @returns a scalar; NaN if every label is padding
 * @throws TypeError unless both are tensors of these types; RangeError if `labelSmoothing` is not in [0, 1)
 */
export function sequenceLoss(logits: tf.Tensor, labels: tf.Tensor, options: SequenceLossOptions = {}): tf.Scalar {
  checkKeys('sequenceLoss', 'options', options, ['labelSmoothing', 'padding']);
  const { labelSmoothing = 0, padding = 0 } = options;
  const given: readonly (readonly [string, unknown, string])[] = [
    ['logits', logits, 'float32'],
    ['labels', labels, 'int32'],
  ];
  for (const [name, tensor, dtype] of given) {
    if (tensor instanceof tf.Tensor && tensor.dtype === dtype) continue;
    const got = tensor instanceof tf.Tensor ? tensor.dtype : tensor;
    throw new TypeError(`sequenceLoss: ${name} must be a tensor of ${dtype}, got ${got}`);
  }
  if (!(labelSmoothing >= 0 && labelSmoothing < 1)) {
    throw new RangeError(`sequenceLoss: labelSmoothing must be in [0, 1), got ${labelSmoothing}`);
  }
  return tf.tidy(() => {
    const losses = softmaxCrossEntropy(logits, labels, { labelSmoothing, ignoreLabel: padding });
    const counted = tf.sum(tf.cast(tf.notEqual(labels, padding), 'float32'));
    return tf.div(tf.sum(losses), counted) as tf.Scalar;
  });
}
