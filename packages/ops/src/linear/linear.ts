import * as tf from '@tensorflow/tfjs';
import { checkChoice } from '../arguments.js';
import { addBias, gelu } from '../bias-activation/bias-activation.js';
import { sparseLinear } from '../fast-gradients/linear-layer.js';
import { checkShape, floatTensor } from '../float-tensor.js';

/**
 * A linear layer: activation(x · kernel + bias). Where a method has said which weights of the kernel it has cut
 * (`withCutWeights`), they are left out, forward and backward, if `useFastGradients({ execution })` asks for that. On
 * every backend; differentiable with respect to all three tensors.
 *
 * @param x float32 `[…, fanIn]`, of rank 2 at least
 * @param kernel float32 `[fanIn, units]`
 * @param bias float32 `[units]`, or none
 * @param activation `'relu'` (propagates NaN), `'gelu'` (exact) or none
 * @returns float32 `[…, units]`
 * @throws TypeError or RangeError for an invalid argument
 */
export function linear(x: tf.Tensor, kernel: tf.Tensor, bias?: tf.Tensor, activation?: 'relu' | 'gelu'): tf.Tensor {
  const op = 'linear';
  floatTensor(op, 'x', x);
  floatTensor(op, 'kernel', kernel);
  if (kernel.rank !== 2) throw new RangeError(`${op}: kernel must have rank 2, got [${kernel.shape}]`);
  const [fanIn, units] = kernel.shape as [number, number];
  if (x.rank < 2 || x.shape[x.rank - 1] !== fanIn) {
    throw new RangeError(`${op}: x must have the kernel's ${fanIn} inputs as the last of its axes, got [${x.shape}]`);
  }
  if (bias !== undefined) checkShape(op, 'bias', floatTensor(op, 'bias', bias), [units]);
  if (activation !== undefined) checkChoice(op, 'activation', activation, ['relu', 'gelu'] as const);
  return tf.tidy(() => {
    const sparse = sparseLinear(x, kernel, bias, activation ?? 'none');
    if (sparse !== undefined) return sparse;
    const outer = x.shape.slice(0, -1);
    const tokens = outer.reduce((product, size) => product * size, 1);
    const product = tf.matMul(x.rank === 2 ? x : tf.reshape(x, [tokens, fanIn]), kernel);
    const y = finish(product, bias, activation);
    return x.rank === 2 ? y : tf.reshape(y, [...outer, units]);
  });
}

function finish(product: tf.Tensor, bias: tf.Tensor | undefined, activation: 'relu' | 'gelu' | undefined): tf.Tensor {
  if (bias !== undefined) return addBias(product, bias, activation);
  if (activation === 'gelu') return gelu(product);
  return activation === 'relu' ? tf.relu(product) : product;
}
