import type * as tf from '@tensorflow/tfjs';
import type { TensorflowBackend } from '../backends.js';
import { execute, floatAttribute } from '../tensorflow-kernel.js';
import { LAYER_NORM_GRAD } from './gradient.js';
import { LAYER_NORM } from './layer-norm.js';

/** `layerNorm` as the TensorFlow operation `WinnowLayerNorm`, which returns y and each row's mean and 1 / deviation. */
export const layerNormTensorflow: tf.KernelConfig = {
  kernelName: LAYER_NORM,
  backendName: 'tensorflow',
  kernelFunc({ inputs, backend, attrs }) {
    const { x, scale, offset } = inputs as Record<'x' | 'scale' | 'offset', tf.TensorInfo>;
    const { epsilon } = attrs as unknown as { epsilon: number };
    const call = (tensorflow: TensorflowBackend) =>
      tensorflow.executeMultipleOutputs(
        LAYER_NORM,
        [floatAttribute(tensorflow, 'epsilon', epsilon)],
        [x, scale, offset],
        3,
      );
    return execute(backend as TensorflowBackend, 'layerNorm', call, []);
  },
};

/** Its gradients as `WinnowLayerNormGrad`. */
export const layerNormGradTensorflow: tf.KernelConfig = {
  kernelName: LAYER_NORM_GRAD,
  backendName: 'tensorflow',
  kernelFunc({ inputs, backend }) {
    const { x, scale, dy, means, inverses } = inputs as Record<string, tf.TensorInfo>;
    const ordered = [x, scale, dy, means, inverses] as tf.TensorInfo[];
    const call = (tensorflow: TensorflowBackend) => tensorflow.executeMultipleOutputs(LAYER_NORM_GRAD, [], ordered, 3);
    return execute(backend as TensorflowBackend, 'layerNorm', call, []);
  },
};
