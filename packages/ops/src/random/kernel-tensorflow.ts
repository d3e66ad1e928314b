import * as tf from '@tensorflow/tfjs';
import type { TensorflowBackend } from '../backends.js';
import { RANDOM_NORMAL, RANDOM_UNIFORM, type RandomAttributes } from './random.js';

function statelessKernel(kernelName: string, operation: string): tf.KernelConfig {
  return {
    kernelName,
    backendName: 'tensorflow',
    kernelFunc({ backend, attrs }) {
      const tensorflow = backend as unknown as TensorflowBackend & { binding: Record<'TF_INT32', number> };
      const { shape, words } = attrs as unknown as RandomAttributes;
      const { TF_ATTR_TYPE, TF_FLOAT, TF_INT32 } = tensorflow.binding;
      const inputs = [tf.tensor1d(shape, 'int32'), tf.tensor1d(words, 'int32')];
      const attributes = [
        { name: 'dtype', type: TF_ATTR_TYPE, value: TF_FLOAT },
        { name: 'T', type: TF_ATTR_TYPE, value: TF_INT32 },
        { name: 'Tseed', type: TF_ATTR_TYPE, value: TF_INT32 },
      ];
      try {
        return tensorflow.executeSingleOutput(operation, attributes, inputs);
      } finally {
        tf.dispose(inputs);
      }
    },
  };
}

/** TensorFlow's own stateless operations, on its thread pool. */
export const randomUniformTensorflow = statelessKernel(RANDOM_UNIFORM, 'StatelessRandomUniform');
export const randomNormalTensorflow = statelessKernel(RANDOM_NORMAL, 'StatelessRandomNormal');
