import * as tf from '@tensorflow/tfjs';
import { BATCH_NORM_TRAINING, BATCH_NORM_TRAINING_GRAD, RELU_GRAD } from './kernels.js';

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
          ? (tf.engine().runKernel(RELU_GRAD, { dy: dOutput, y }) as tf.Tensor)
          : tf.mul(dOutput, tf.cast(tf.greater(y, 0), 'float32')),
    };
  },
};

/** Gradient of BatchNorm in training with respect to x, scale and offset, by one call of FusedBatchNormGradV3. */
export const batchNormTrainingGradient: tf.GradConfig = {
  kernelName: BATCH_NORM_TRAINING,
  inputsToSave: ['x', 'scale', 'empty'],
  outputsToSave: [false, false, false, true, true, true],
  gradFunc(dy, saved, attrs) {
    const [x, scale, empty, reserved1, reserved2, reserved3] = saved as [
      tf.Tensor,
      tf.Tensor,
      tf.Tensor,
      tf.Tensor,
      tf.Tensor,
      tf.Tensor,
    ];
    const dOutput = (dy as tf.Tensor[])[0] as tf.Tensor;
    const gradients = tf
      .engine()
      .runKernel(
        BATCH_NORM_TRAINING_GRAD,
        { dy: dOutput, x, scale, reserved1, reserved2, reserved3 },
        attrs as tf.NamedAttrMap,
      ) as tf.Tensor[];
    return {
      x: () => gradients[0] as tf.Tensor,
      scale: () => gradients[1] as tf.Tensor,
      offset: () => gradients[2] as tf.Tensor,
      empty: () => tf.zerosLike(empty),
    };
  },
};
