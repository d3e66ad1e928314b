import type * as tf from '@tensorflow/tfjs';
import type { OpAttribute, TensorflowBackend } from '../backends.js';
import { boolAttribute, execute, floatAttribute, intAttribute } from '../tensorflow-kernel.js';
import { SOFTMAX_CROSS_ENTROPY_GRAD } from './gradient.js';
import { type CrossEntropyAttributes, SOFTMAX_CROSS_ENTROPY } from './softmax-cross-entropy.js';

function attributes(backend: TensorflowBackend, attrs: tf.NamedAttrMap | undefined): OpAttribute[] {
  const { labelSmoothing, ignoreLabel } = attrs as unknown as CrossEntropyAttributes;
  return [
    floatAttribute(backend, 'label_smoothing', labelSmoothing),
    boolAttribute(backend, 'ignores', ignoreLabel !== undefined),
    intAttribute(backend, 'ignore_label', ignoreLabel ?? 0),
  ];
}

/** `softmaxCrossEntropy` as the TensorFlow operation `WinnowSoftmaxCrossEntropy`. */
export const softmaxCrossEntropyTensorflow: tf.KernelConfig = {
  kernelName: SOFTMAX_CROSS_ENTROPY,
  backendName: 'tensorflow',
  kernelFunc({ inputs, backend, attrs }) {
    const { logits, labels } = inputs as Record<'logits' | 'labels', tf.TensorInfo>;
    const call = (tensorflow: TensorflowBackend) =>
      tensorflow.executeMultipleOutputs(SOFTMAX_CROSS_ENTROPY, attributes(tensorflow, attrs), [logits, labels], 2);
    return execute(backend as TensorflowBackend, 'softmaxCrossEntropy', call, []);
  },
};

/** Its gradient as `WinnowSoftmaxCrossEntropyGrad`. */
export const softmaxCrossEntropyGradTensorflow: tf.KernelConfig = {
  kernelName: SOFTMAX_CROSS_ENTROPY_GRAD,
  backendName: 'tensorflow',
  kernelFunc({ inputs, backend, attrs }) {
    const { logits, labels, logSums, dLosses } = inputs as Record<string, tf.TensorInfo>;
    const ordered = [logits, labels, logSums, dLosses] as tf.TensorInfo[];
    const call = (tensorflow: TensorflowBackend) => [
      tensorflow.executeSingleOutput(SOFTMAX_CROSS_ENTROPY_GRAD, attributes(tensorflow, attrs), ordered),
    ];
    return execute(backend as TensorflowBackend, 'softmaxCrossEntropy', call, [])[0] as tf.Tensor;
  },
};
