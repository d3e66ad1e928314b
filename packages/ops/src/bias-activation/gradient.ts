import * as tf from '@tensorflow/tfjs';
import { runKernel } from '../run-kernel.js';
import { BIAS_ACTIVATION, type BiasActivationAttributes } from './bias-activation.js';

/** Name of the gradient kernel, in tfjs's registry and in TensorFlow. */
export const BIAS_ACTIVATION_GRAD = 'WinnowBiasActivationGrad';
/**
 * Sums x `[…, d]` over all axes but the last to `[d]`. The order of summation does not depend on the number of threads.
 */
export const COLUMN_SUMS = 'WinnowColumnSums';

const noBias = () => tf.tensor1d([], 'float32');

/** Saves nothing. */
const biasAddGradient: tf.GradConfig = {
  kernelName: BIAS_ACTIVATION.none,
  gradFunc(dy, _, attrs) {
    const { hasBias } = attrs as unknown as BiasActivationAttributes;
    const dOutput = dy as tf.Tensor;
    return { x: () => tf.clone(dOutput), bias: () => (hasBias ? columnSums(dOutput) : noBias()) };
  },
};

/** Saves the output, which the next layer saves anyway. */
const biasReluGradient: tf.GradConfig = {
  kernelName: BIAS_ACTIVATION.relu,
  outputsToSave: [true],
  gradFunc(dy, saved, attrs) {
    return bothGradients({ x: saved[0] as tf.Tensor, bias: noBias(), dy: dy as tf.Tensor }, attrs);
  },
};

/** Saves the inputs. */
const biasGeluGradient = (kind: 'gelu' | 'gelu_tanh'): tf.GradConfig => ({
  kernelName: BIAS_ACTIVATION[kind],
  inputsToSave: ['x', 'bias'],
  gradFunc(dy, saved, attrs) {
    const [x, bias] = saved as [tf.Tensor, tf.Tensor];
    return bothGradients({ x, bias, dy: dy as tf.Tensor }, attrs);
  },
});

/** dx and the bias's gradient, in one pass. */
function bothGradients(inputs: { x: tf.Tensor; bias: tf.Tensor; dy: tf.Tensor }, attrs: object | undefined) {
  // Compute them here: tfjs runs each function below in a tidy, which would dispose the other gradient.
  const [dx, dBias] = runKernel(BIAS_ACTIVATION_GRAD, inputs, attrs) as [tf.Tensor, tf.Tensor];
  return { x: () => dx, bias: () => dBias };
}

export const biasActivationGradients: tf.GradConfig[] = [
  biasAddGradient,
  biasReluGradient,
  biasGeluGradient('gelu'),
  biasGeluGradient('gelu_tanh'),
];

/** Sums of a float32 tensor over all axes but the last. */
export function columnSums(x: tf.Tensor): tf.Tensor1D {
  return runKernel(COLUMN_SUMS, { x }) as tf.Tensor1D;
}
