import type * as tf from '@tensorflow/tfjs';
import type { TensorflowBackend } from '../backends.js';
import { execute, hostScalars, stringAttribute } from '../tensorflow-kernel.js';
import { TOPK_MASK, type TopKMaskAttributes } from './topk-mask.js';

/** `topKMask` as the TensorFlow operation `WinnowTopKMask`. */
export const topKMaskTensorflow: tf.KernelConfig = {
  kernelName: TOPK_MASK,
  backendName: 'tensorflow',
  kernelFunc({ inputs, backend, attrs }) {
    const kernel = inputs['kernel'] as tf.TensorInfo;
    const { count, granularity, label } = attrs as unknown as TopKMaskAttributes;
    const countTensor = hostScalars(count, 'int32');
    const call = (tensorflow: TensorflowBackend) => [
      tensorflow.executeSingleOutput(
        TOPK_MASK,
        [stringAttribute(tensorflow, 'granularity', granularity)],
        [kernel, countTensor],
      ),
    ];
    return execute(backend as TensorflowBackend, label, call, [countTensor])[0] as tf.Tensor;
  },
};
