import * as tf from '@tensorflow/tfjs';
import { runKernel } from '../run-kernel.js';
import { BATCH_NORM, BATCH_NORM_GRAD, type BatchNormAttributes, type BatchNormGradAttributes } from './batch-norm.js';

/** Only the outputs y and `through` have gradients. The statistics count as constants, as in tf.layers. */
export const batchNormGradient: tf.GradConfig = {
  kernelName: BATCH_NORM,
  inputsToSave: ['x', 'scale', 'offset'],
  outputsToSave: [true, true, true],
  gradFunc(dys, saved, attrs) {
    const [x, scale, offset, y, mean, variance] = saved as [
      tf.Tensor,
      tf.Tensor,
      tf.Tensor,
      tf.Tensor,
      tf.Tensor,
      tf.Tensor,
    ];
    const { epsilon, relu, hasSkip, hasThrough } = attrs as unknown as BatchNormAttributes;
    const [dy, , , , , added] = dys as tf.Tensor[];
    const attributes: BatchNormGradAttributes = { epsilon, relu, hasSkip, hasThrough };
    const inputs = {
      dy: dy as tf.Tensor,
      x,
      scale,
      offset,
      mean,
      variance,
      ...(hasSkip && { y }),
      ...(hasThrough && { added: added as tf.Tensor }),
    };
    // Compute them here: tfjs runs each function below in a tidy, which would dispose the gradients of the others.
    const gradients = runKernel(BATCH_NORM_GRAD, inputs, attributes) as tf.Tensor[];
    return {
      x: () => gradients[0] as tf.Tensor,
      scale: () => gradients[1] as tf.Tensor,
      offset: () => gradients[2] as tf.Tensor,
      movingMean: () => tf.zerosLike(mean),
      movingVariance: () => tf.zerosLike(variance),
      skip: () => gradients[3] as tf.Tensor,
    };
  },
};
