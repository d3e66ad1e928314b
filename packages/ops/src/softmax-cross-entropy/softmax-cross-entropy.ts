import * as tf from '@tensorflow/tfjs';
import { checkFraction, checkInteger, checkKeys } from '../arguments.js';
import { checkShape, floatTensor } from '../float-tensor.js';
import { runKernel } from '../run-kernel.js';

/** Name of the kernel in tfjs's registry and of the operation in TensorFlow. */
export const SOFTMAX_CROSS_ENTROPY = 'WinnowSoftmaxCrossEntropy';

/** Attributes of the registered kernel. */
export interface CrossEntropyAttributes {
  labelSmoothing: number;
  /** Undefined: no label is ignored. */
  ignoreLabel: number | undefined;
}

/** Options of `softmaxCrossEntropy`. */
export interface CrossEntropyOptions {
  /** Part of the target that is spread evenly over all classes, in [0, 1]. Default 0. */
  labelSmoothing?: number;
  /** Rows with this int32 label, such as padding, have loss 0 and no gradient. Default: none. */
  ignoreLabel?: number;
}

/**
 * The cross-entropy between softmax(logits) and labels for each row. With s = labelSmoothing:
 *
 *     loss = ln Σ exp(x) − (1 − s) · x[label] − s · mean(x)
 *
 * This equals PyTorch's `cross_entropy(…, reduction='none')`. It takes one pass over the logits forward and one
 * backward, and saves one number per row besides the logits. Differentiable with respect to the logits.
 *
 * @param logits float32 `[…, classes]`
 * @param labels int32 `[…]`, in [0, classes) or `ignoreLabel`
 * @returns float32 `[…]`
 * @throws RangeError for shapes and options out of range, and for labels out of range, naming the first one and its
 *   index; TypeError for a wrong dtype
 * @see Szegedy et al., "Rethinking the Inception Architecture", arXiv 1512.00567, section 7, for label smoothing
 */
export function softmaxCrossEntropy(
  logits: tf.Tensor,
  labels: tf.Tensor,
  options: CrossEntropyOptions = {},
): tf.Tensor {
  const op = 'softmaxCrossEntropy';
  checkKeys(op, 'options', options, ['labelSmoothing', 'ignoreLabel']);
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
  const [losses, logSums] = runKernel(SOFTMAX_CROSS_ENTROPY, { logits, labels }, attributes) as [tf.Tensor, tf.Tensor];
  logSums.dispose();
  return losses;
}
