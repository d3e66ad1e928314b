/**
 * TensorFlow's own kernel that tfjs does not use: the gradient of ReLU. Registered for the backend `tensorflow` alone.
 */

import type * as tf from '@tensorflow/tfjs';
import type { TensorflowBackend } from '../backends.js';

/** TensorFlow's ReluGrad: dy where the output is positive, else 0. */
export const RELU_GRAD = 'ReluGrad';

/** Inputs dy, y → dx. */
export const reluGradKernel: tf.KernelConfig = {
  kernelName: RELU_GRAD,
  backendName: 'tensorflow',
  kernelFunc({ inputs, backend }) {
    const tensorflow = backend as TensorflowBackend;
    const { dy, y } = inputs as Record<'dy' | 'y', tf.TensorInfo>;
    const type = { name: 'T', type: tensorflow.binding.TF_ATTR_TYPE, value: tensorflow.binding.TF_FLOAT };
    return tensorflow.executeSingleOutput('ReluGrad', [type], [dy, y]);
  },
};
