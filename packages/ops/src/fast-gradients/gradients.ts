import * as tf from '@tensorflow/tfjs';
import { runKernel } from '../run-kernel.js';
import { RELU_GRAD } from './kernels.js';

/** Name of tfjs's own kernel whose gradient is replaced. */
export const RELU = 'Relu';

/** ReLU's gradient through TensorFlow's ReluGrad; on other backends as tfjs composes it, from the output. */
export const reluGradient: tf.GradConfig = {
  kernelName: RELU,
  outputsToSave: [true],
  gradFunc(dy, saved) {
    const [y] = saved as [tf.Tensor];
    const dOutput = dy as tf.Tensor;
    return {
      x: () =>
        tf.getBackend() === 'tensorflow'
          ? (runKernel(RELU_GRAD, { dy: dOutput, y }) as tf.Tensor)
          : tf.mul(dOutput, tf.cast(tf.greater(y, 0), 'float32')),
    };
  },
};
