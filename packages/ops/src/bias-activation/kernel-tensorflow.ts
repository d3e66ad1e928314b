import type * as tf from '@tensorflow/tfjs';
import type { TensorflowBackend } from '../backends.js';
import { boolAttribute, execute, stringAttribute } from '../tensorflow-kernel.js';
import { BIAS_ACTIVATION, BIAS_ACTIVATION_KINDS, type BiasActivationAttributes } from './bias-activation.js';
import { BIAS_ACTIVATION_GRAD, COLUMN_SUMS } from './gradient.js';

/** `gelu` and `addBias` as the TensorFlow operation `WinnowBiasActivation`. */
export const biasActivationTensorflow: tf.KernelConfig[] = BIAS_ACTIVATION_KINDS.map((activation) => ({
  kernelName: BIAS_ACTIVATION[activation],
  backendName: 'tensorflow',
  kernelFunc({ inputs, backend }) {
    const { x, bias } = inputs as Record<'x' | 'bias', tf.TensorInfo>;
    const call = (tensorflow: TensorflowBackend) => [
      tensorflow.executeSingleOutput(
        'WinnowBiasActivation',
        [stringAttribute(tensorflow, 'activation', activation)],
        [x, bias],
      ),
    ];
    return execute(backend as TensorflowBackend, 'addBias', call, [])[0] as tf.Tensor;
  },
}));

/** Their gradients as `WinnowBiasActivationGrad`. */
export const biasActivationGradTensorflow: tf.KernelConfig = {
  kernelName: BIAS_ACTIVATION_GRAD,
  backendName: 'tensorflow',
  kernelFunc({ inputs, backend, attrs }) {
    const { activation, hasBias } = attrs as unknown as BiasActivationAttributes;
    const { x, bias, dy } = inputs as Record<'x' | 'bias' | 'dy', tf.TensorInfo>;
    const call = (tensorflow: TensorflowBackend) =>
      tensorflow.executeMultipleOutputs(
        BIAS_ACTIVATION_GRAD,
        [stringAttribute(tensorflow, 'activation', activation), boolAttribute(tensorflow, 'has_bias', hasBias)],
        [x, bias, dy],
        2,
      );
    return execute(backend as TensorflowBackend, 'addBias', call, []);
  },
};

/** Sums over all axes but the last as `WinnowColumnSums`. */
export const columnSumsTensorflow: tf.KernelConfig = {
  kernelName: COLUMN_SUMS,
  backendName: 'tensorflow',
  kernelFunc({ inputs, backend }) {
    const call = (tensorflow: TensorflowBackend) => [
      tensorflow.executeSingleOutput(COLUMN_SUMS, [], [inputs['x'] as tf.TensorInfo]),
    ];
    return execute(backend as TensorflowBackend, 'addBias', call, [])[0] as tf.Tensor;
  },
};
