/**
 * TensorFlow's own fused kernels that tfjs does not use: the gradient of ReLU, and BatchNorm in training with its gradient.
 * tfjs composes them from dozens of elementwise operations. Registered for the backend `tensorflow` alone.
 */

import type * as tf from '@tensorflow/tfjs';
import type { OpAttribute, TensorflowBackend } from '../backends.js';

/** TensorFlow's ReluGrad: dy where the output is positive, else 0. */
export const RELU_GRAD = 'ReluGrad';
/** TensorFlow's FusedBatchNormV3 with `is_training`. */
export const BATCH_NORM_TRAINING = 'FusedBatchNormTraining';
/** TensorFlow's FusedBatchNormGradV3 with `is_training`. */
export const BATCH_NORM_TRAINING_GRAD = 'FusedBatchNormTrainingGrad';

const floatType = ({ binding }: TensorflowBackend, name: string): OpAttribute => ({
  name,
  type: binding.TF_ATTR_TYPE,
  value: binding.TF_FLOAT,
});

const batchNormAttributes = (backend: TensorflowBackend, epsilon: number): OpAttribute[] => [
  floatType(backend, 'T'),
  floatType(backend, 'U'),
  { name: 'epsilon', type: backend.binding.TF_ATTR_FLOAT, value: epsilon },
  { name: 'data_format', type: backend.binding.TF_ATTR_STRING, value: 'NHWC' },
  { name: 'is_training', type: backend.binding.TF_ATTR_BOOL, value: true },
];

/** Inputs dy, y → dx. */
export const reluGradKernel: tf.KernelConfig = {
  kernelName: RELU_GRAD,
  backendName: 'tensorflow',
  kernelFunc({ inputs, backend }) {
    const tensorflow = backend as TensorflowBackend;
    const { dy, y } = inputs as Record<'dy' | 'y', tf.TensorInfo>;
    return tensorflow.executeSingleOutput('ReluGrad', [floatType(tensorflow, 'T')], [dy, y]);
  },
};

/** Inputs x `[n, h, w, c]`, scale and offset `[c]`, empty → y, batch mean, unbiased batch variance, three reserved. */
export const batchNormTrainingKernel: tf.KernelConfig = {
  kernelName: BATCH_NORM_TRAINING,
  backendName: 'tensorflow',
  kernelFunc({ inputs, backend, attrs }) {
    const tensorflow = backend as TensorflowBackend;
    const { x, scale, offset, empty } = inputs as Record<'x' | 'scale' | 'offset' | 'empty', tf.TensorInfo>;
    const attributes = batchNormAttributes(tensorflow, (attrs as unknown as { epsilon: number }).epsilon);
    return tensorflow.executeMultipleOutputs('FusedBatchNormV3', attributes, [x, scale, offset, empty, empty], 6);
  },
};

/** Inputs dy, x, scale, and what the forward pass reserved → dx, dScale, dOffset, two unused. */
export const batchNormTrainingGradKernel: tf.KernelConfig = {
  kernelName: BATCH_NORM_TRAINING_GRAD,
  backendName: 'tensorflow',
  kernelFunc({ inputs, backend, attrs }) {
    const tensorflow = backend as TensorflowBackend;
    const attributes = batchNormAttributes(tensorflow, (attrs as unknown as { epsilon: number }).epsilon);
    const names = ['dy', 'x', 'scale', 'reserved1', 'reserved2', 'reserved3'] as const;
    const ordered = names.map((name) => inputs[name] as tf.TensorInfo);
    return tensorflow.executeMultipleOutputs('FusedBatchNormGradV3', attributes, ordered, 5);
  },
};
