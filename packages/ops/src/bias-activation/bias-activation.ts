import * as tf from '@tensorflow/tfjs';
import { checkChoice, checkKeys } from '../arguments.js';
import { checkShape, floatTensor } from '../float-tensor.js';
import { runKernel } from '../run-kernel.js';

/** Activations of the kernels. */
export type BiasActivationKind = 'none' | 'relu' | 'gelu' | 'gelu_tanh';

/**
 * Names of the kernels in tfjs's registry. There is one per activation, because each saves different tensors for its
 * gradient. In TensorFlow all of them are the operation `WinnowBiasActivation`.
 */
export const BIAS_ACTIVATION: Readonly<Record<BiasActivationKind, string>> = {
  none: 'WinnowBiasAdd',
  relu: 'WinnowBiasRelu',
  gelu: 'WinnowBiasGelu',
  gelu_tanh: 'WinnowBiasGeluTanh',
};
export const BIAS_ACTIVATION_KINDS = Object.keys(BIAS_ACTIVATION) as BiasActivationKind[];

/** Attributes of the registered kernels. An empty bias means no bias. */
export interface BiasActivationAttributes {
  activation: BiasActivationKind;
  hasBias: boolean;
}

/** Options of `gelu`. */
export interface GeluOptions {
  /**
   * `'none'`: exact, with the error function. `'tanh'`: the approximation of GPT-2 and BERT. Default `'none'`, as in
   * PyTorch.
   */
  approximate?: 'none' | 'tanh';
}

/**
 * The Gaussian error linear unit x · Φ(x), or with `approximate: 'tanh'`, x/2 · (1 + tanh(√(2/π) (x + 0.044715 x³))).
 * One pass over the data forward, one backward.
 *
 * @param x float32
 * @returns float32 of the shape of x
 * @throws TypeError or RangeError for an invalid argument
 * @see Hendrycks and Gimpel, "Gaussian Error Linear Units", arXiv 1606.08415
 */
export function gelu(x: tf.Tensor, options: GeluOptions = {}): tf.Tensor {
  const op = 'gelu';
  checkKeys(op, 'options', options, ['approximate']);
  if (!(x instanceof tf.Tensor)) throw new TypeError(`${op}: x must be a tensor, got ${x}`);
  if (x.dtype !== 'float32') throw new TypeError(`${op}: x must be float32, got ${x.dtype}`);
  const approximate = checkChoice(op, 'approximate', options.approximate ?? 'none', ['none', 'tanh'] as const);
  return tf.tidy(() => {
    const matrix = x.rank === 0 ? tf.reshape(x, [1]) : x;
    const y = runBiasActivation(matrix, undefined, approximate === 'tanh' ? 'gelu_tanh' : 'gelu');
    return x.rank === 0 ? tf.reshape(y, []) : y;
  });
}

/**
 * activation(x + bias) in one pass over the data. The backward pass computes both gradients in one pass, too.
 *
 * @param x float32 `[…, d]`
 * @param bias float32 `[d]`
 * @param activation `'relu'` (propagates NaN), `'gelu'` (exact) or none
 * @returns float32 of the shape of x
 * @throws TypeError or RangeError for an invalid argument
 */
export function addBias(x: tf.Tensor, bias: tf.Tensor, activation?: 'relu' | 'gelu'): tf.Tensor {
  const op = 'addBias';
  floatTensor(op, 'x', x);
  checkShape(op, 'bias', floatTensor(op, 'bias', bias), [x.shape[x.rank - 1] as number]);
  if (activation !== undefined) checkChoice(op, 'activation', activation, ['relu', 'gelu'] as const);
  return runBiasActivation(x, bias, activation ?? 'none');
}

/** Runs the kernel. */
function runBiasActivation(x: tf.Tensor, bias: tf.Tensor | undefined, activation: BiasActivationKind): tf.Tensor {
  const attributes: BiasActivationAttributes = { activation, hasBias: bias !== undefined };
  return tf.tidy(() => {
    const inputs = { x, bias: bias ?? tf.tensor1d([], 'float32') };
    return runKernel(BIAS_ACTIVATION[activation], inputs, attributes) as tf.Tensor;
  });
}
