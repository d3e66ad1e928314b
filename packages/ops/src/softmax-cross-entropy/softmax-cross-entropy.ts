import * as tf from '@tensorflow/tfjs';
import { checkFraction, checkInteger } from '../arguments.js';
import { checkShape, floatTensor } from '../float-tensor.js';

/** Name of the kernel in tfjs's registry and of the operation in TensorFlow. */
export const SOFTMAX_CROSS_ENTROPY = 'WinnowSoftmaxCrossEntropy';

/** Attributes of the registered kernel. */
export interface CrossEntropyAttributes {
  labelSmoothing: number;
  /** Undefined: every row counts. */
  ignoreLabel: number | undefined;
}

/** How `softmaxCrossEntropy` takes the labels. */
export interface CrossEntropyOptions {
  /** The part of the target that is spread evenly over all classes, in [0, 1]. Default 0. */
  labelSmoothing?: number;
  /** Rows with this label have loss 0 and no gradient: padding. An int32. Default: none. */
  ignoreLabel?: number;
}

/**
 * The cross-entropy between softmax(logits) and labels, of each row by itself: with s = labelSmoothing,
 *
 *     loss = ln Σ exp(x) − (1 − s) · x[label] − s · mean(x)
 *
 * as PyTorch's `cross_entropy(…, reduction='none')`. One pass over the logits forward and one backward, which keeps one number a row
 * besides the logits. Differentiable with respect to the logits.
 *
 * @param logits float32 `[…, classes]`
 * @param labels int32 `[…]`, in [0, classes) or `ignoreLabel`
 * @returns float32 `[…]`
 * @throws RangeError for labels out of range, naming the first with its index, for shapes and options; TypeError for a wrong dtype
 * @see Szegedy et al., "Rethinking the Inception Architecture", arXiv 1512.00567, section 7, for label smoothing
 */
export function softmaxCrossEntropy(
  logits: tf.Tensor,
  labels: tf.Tensor,
  options: CrossEntropyOptions = {},
): tf.Tensor {
  const op = 'softmaxCrossEntropy';
  floatTensor(op, 'logits', logits);
  if (!(labels instanceof tf.Tensor) || labels.dtype !== 'int32') {
    throw new TypeError(
      `${op}: labels must be an int32 tensor, got ${labels instanceof tf.Tensor ? labels.dtype : labels}`,
    );
  }
  checkShape(op, 'labels', labels, logits.shape.slice(0, -1));
  const { labelSmoothing = 0, ignoreLabel } = options;
  checkFraction(op, 'labelSmoothing', labelSmoothing);
  if (ignoreLabel !== undefined) checkInteger(op, 'ignoreLabel', ignoreLabel, -(2 ** 31), 2 ** 31 - 1);
  const attributes: CrossEntropyAttributes = { labelSmoothing, ignoreLabel };
  const [losses, logSums] = tf
    .engine()
    .runKernel(SOFTMAX_CROSS_ENTROPY, { logits, labels }, attributes as unknown as tf.NamedAttrMap) as [
    tf.Tensor,
    tf.Tensor,
  ];
  logSums.dispose();
  return losses;
}
