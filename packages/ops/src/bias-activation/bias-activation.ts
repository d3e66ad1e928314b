import * as tf from '@tensorflow/tfjs';
import { checkChoice } from '../arguments.js';
import { checkShape, floatTensor } from '../float-tensor.js';

/** What the kernels know. */
export type BiasActivationKind = 'none' | 'relu' | 'gelu' | 'gelu_tanh';

/**
 * Names of the kernels in tfjs's registry: one for each activation, since each keeps something else for its gradient. In
 * TensorFlow all are the operation `WinnowBiasActivation`.
 */
export const BIAS_ACTIVATION: Readonly<Record<BiasActivationKind, string>> = {
  none: 'WinnowBiasAdd',
  relu: 'WinnowBiasRelu',
  gelu: 'WinnowBiasGelu',
  gelu_tanh: 'WinnowBiasGeluTanh',
};
export const BIAS_ACTIVATION_KINDS = Object.keys(BIAS_ACTIVATION) as BiasActivationKind[];

/** Attributes of the registered kernels. Their bias may be empty: none. */
export interface BiasActivationAttributes {
  activation: BiasActivationKind;
  hasBias: boolean;
}

/** How `gelu` computes. */
export interface GeluOptions {
  /** `'none'`: with the error function. `'tanh'`: the approximation that GPT-2 and BERT use. Default `'none'`, as PyTorch's. */
  approximate?: 'none' | 'tanh';
}

/**
 * The Gaussian error linear unit x · Φ(x), or with `approximate: 'tanh'` x/2 · (1 + tanh(√(2/π) (x + 0.044715 x³))). One pass forward,
 * one backward.
 *
 * @param x float32
 * @returns float32 of the shape of x
 * @throws TypeError or RangeError for a wrong argument
 * @see Hendrycks and Gimpel, "Gaussian Error Linear Units", arXiv 1606.08415
 */
export function gelu(x: tf.Tensor, options: GeluOptions = {}): tf.Tensor {
  const op = 'gelu';
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
 * activation(x + bias) in one pass, and in one pass the gradients of both: the bias's is summed while the activation's is made.
 *
 * @param x float32 `[…, d]`
 * @param bias float32 `[d]`
 * @param activation `'relu'` (NaN passes), `'gelu'` (with the error function) or none
 * @returns float32 of the shape of x
 * @throws TypeError or RangeError for a wrong argument
 */
export function addBias(x: tf.Tensor, bias: tf.Tensor, activation?: 'relu' | 'gelu'): tf.Tensor {
  const op = 'addBias';
  floatTensor(op, 'x', x);
  checkShape(op, 'bias', floatTensor(op, 'bias', bias), [x.shape[x.rank - 1] as number]);
  if (activation !== undefined) checkChoice(op, 'activation', activation, ['relu', 'gelu'] as const);
  return runBiasActivation(x, bias, activation ?? 'none');
}

/** Runs the kernel. */
export function runBiasActivation(
  x: tf.Tensor,
  bias: tf.Tensor | undefined,
  activation: BiasActivationKind,
): tf.Tensor {
  const attributes: BiasActivationAttributes = { activation, hasBias: bias !== undefined };
  return tf.tidy(() => {
    const inputs = { x, bias: bias ?? tf.tensor1d([], 'float32') };
    return tf
      .engine()
      .runKernel(BIAS_ACTIVATION[activation], inputs, attributes as unknown as tf.NamedAttrMap) as tf.Tensor;
  });
}
