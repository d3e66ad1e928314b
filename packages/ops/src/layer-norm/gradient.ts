import type * as tf from '@tensorflow/tfjs';
import { runKernel } from '../run-kernel.js';
import { LAYER_NORM } from './layer-norm.js';

/** Name of the gradient kernel, in tfjs's registry and in TensorFlow. */
export const LAYER_NORM_GRAD = 'WinnowLayerNormGrad';

/** All three gradients in one pass over x and dy. */
export const layerNormGradient: tf.GradConfig = {
  kernelName: LAYER_NORM,
  inputsToSave: ['x', 'scale'],
  outputsToSave: [false, true, true],
  gradFunc(dy, saved) {
    const [x, scale, means, inverses] = saved as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
    const inputs = { x, scale, dy: (dy as tf.Tensor[])[0] as tf.Tensor, means, inverses };
    // Compute them here: tfjs runs each function below in a tidy, which would dispose the gradients of the others.
    const [dx, dScale, dOffset] = runKernel(LAYER_NORM_GRAD, inputs, {}) as [tf.Tensor, tf.Tensor, tf.Tensor];
    return { x: () => dx, scale: () => dScale, offset: () => dOffset };
  },
};
