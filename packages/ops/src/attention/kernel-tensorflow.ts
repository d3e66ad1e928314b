import type * as tf from '@tensorflow/tfjs';
import type { OpAttribute, TensorflowBackend } from '../backends.js';
import { execute, intAttribute, stringAttribute } from '../tensorflow-kernel.js';
import { ATTENTION, type AttentionAttributes } from './attention.js';
import { ATTENTION_GRAD } from './gradient.js';

function attributesOf(backend: TensorflowBackend, attrs: unknown): OpAttribute[] {
  const { heads, causal, scale } = attrs as AttentionAttributes;
  return [
    intAttribute(backend, 'heads', heads),
    stringAttribute(backend, 'causal', causal),
    { name: 'scale', type: backend.binding.TF_ATTR_FLOAT, value: scale },
  ];
}

/** `attention` as the TensorFlow operation `WinnowAttention`, which returns the output and each row's log-sum-exp. */
export const attentionTensorflow: tf.KernelConfig = {
  kernelName: ATTENTION,
  backendName: 'tensorflow',
  kernelFunc({ inputs, backend, attrs }) {
    const { query, key, value, keyMask } = inputs as Record<string, tf.TensorInfo>;
    const ordered = [query, key, value, keyMask] as tf.TensorInfo[];
    const call = (tensorflow: TensorflowBackend) =>
      tensorflow.executeMultipleOutputs(ATTENTION, attributesOf(tensorflow, attrs), ordered, 2);
    return execute(backend as TensorflowBackend, 'attention', call, []);
  },
};

/** The gradients as `WinnowAttentionGrad`. */
export const attentionGradTensorflow: tf.KernelConfig = {
  kernelName: ATTENTION_GRAD,
  backendName: 'tensorflow',
  kernelFunc({ inputs, backend, attrs }) {
    const { query, key, value, keyMask, output, logSumExp, dy } = inputs as Record<string, tf.TensorInfo>;
    const ordered = [query, key, value, keyMask, output, logSumExp, dy] as tf.TensorInfo[];
    const call = (tensorflow: TensorflowBackend) =>
      tensorflow.executeMultipleOutputs(ATTENTION_GRAD, attributesOf(tensorflow, attrs), ordered, 3);
    return execute(backend as TensorflowBackend, 'attention', call, []);
  },
};
