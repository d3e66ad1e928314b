import type * as tf from '@tensorflow/tfjs';
import type { TensorflowBackend } from '../backends.js';
import { execute } from '../tensorflow-kernel.js';
import { CONV3X3, CONV3X3_FILTER_GRAD, CONV3X3_INPUT_GRAD } from './conv3x3.js';

/** A kernel of two inputs and one output, named as TensorFlow's operation. */
function kernel(kernelName: string, names: readonly [string, string]): tf.KernelConfig {
  return {
    kernelName,
    backendName: 'tensorflow',
    kernelFunc({ inputs, backend }) {
      const ordered = names.map((name) => inputs[name] as tf.TensorInfo);
      const call = (tensorflow: TensorflowBackend) => [tensorflow.executeSingleOutput(kernelName, [], ordered)];
      return execute(backend as TensorflowBackend, 'conv3x3', call, [])[0] as tf.Tensor;
    },
  };
}

/** `conv3x3` as TensorFlow's custom operation, and its gradients. */
export const conv3x3Tensorflow = kernel(CONV3X3, ['x', 'filter']);
export const conv3x3InputGradTensorflow = kernel(CONV3X3_INPUT_GRAD, ['dy', 'filter']);
export const conv3x3FilterGradTensorflow = kernel(CONV3X3_FILTER_GRAD, ['x', 'dy']);
