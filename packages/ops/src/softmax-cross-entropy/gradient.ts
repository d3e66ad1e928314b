import type * as tf from '@tensorflow/tfjs';
import { runKernel } from '../run-kernel.js';
import { SOFTMAX_CROSS_ENTROPY } from './softmax-cross-entropy.js';

/** Name of the gradient kernel, in tfjs's registry and in TensorFlow. */
export const SOFTMAX_CROSS_ENTROPY_GRAD = 'WinnowSoftmaxCrossEntropyGrad';

/** softmax(x) − target in one pass, from the logits and the saved ln Σ exp(x) of each row. */
export const softmaxCrossEntropyGradient: tf.GradConfig = {
  kernelName: SOFTMAX_CROSS_ENTROPY,
  inputsToSave: ['logits', 'labels'],
  outputsToSave: [false, true],
  gradFunc(dy, saved, attrs) {
    const [logits, labels, logSums] = saved as [tf.Tensor, tf.Tensor, tf.Tensor];
    const dLosses = (dy as tf.Tensor[])[0] as tf.Tensor;
    return {
      logits: () => runKernel(SOFTMAX_CROSS_ENTROPY_GRAD, { logits, labels, logSums, dLosses }, attrs) as tf.Tensor,
    };
  },
};
