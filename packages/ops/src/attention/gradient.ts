import * as tf from '@tensorflow/tfjs';
import { runKernel } from '../run-kernel.js';
import { ATTENTION } from './attention.js';

/** Name of the kernel that computes all three gradients, in tfjs's registry and in TensorFlow. */
export const ATTENTION_GRAD = 'WinnowAttentionGrad';

/** dQ, dK and dV in one pass. It recomputes the products and uses the saved log-sum-exp of each row. */
export const attentionGradient: tf.GradConfig = {
  kernelName: ATTENTION,
  inputsToSave: ['query', 'key', 'value', 'keyMask'],
  outputsToSave: [true, true],
  gradFunc(dy, saved, attrs) {
    const [query, key, value, keyMask, output, logSumExp] = saved as [
      tf.Tensor,
      tf.Tensor,
      tf.Tensor,
      tf.Tensor,
      tf.Tensor,
      tf.Tensor,
    ];
    const [dOutput] = dy as [tf.Tensor];
    const gradients = runKernel(
      ATTENTION_GRAD,
      { query, key, value, keyMask, output, logSumExp, dy: dOutput },
      attrs,
    ) as tf.Tensor[];
    return {
      query: () => gradients[0] as tf.Tensor,
      key: () => gradients[1] as tf.Tensor,
      value: () => gradients[2] as tf.Tensor,
      keyMask: () => tf.zeros(keyMask.shape),
    };
  },
};
