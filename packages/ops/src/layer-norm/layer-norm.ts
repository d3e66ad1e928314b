import * as tf from '@tensorflow/tfjs';
import { checkShape, floatTensor } from '../float-tensor.js';
import { runKernel } from '../run-kernel.js';

/** Name of the kernel in tfjs's registry and of the operation in TensorFlow. */
export const LAYER_NORM = 'WinnowLayerNorm';

/**
 * Layer normalisation over the last axis: scale · (x − mean) / √(variance + ε) + offset, with the population variance.
 * Differentiable with respect to x, scale and offset.
 *
 * @param x float32 `[…, d]`
 * @param scale float32 `[d]`
 * @param offset float32 `[d]`
 * @param epsilon in [0, ∞); default 1e-5, as in PyTorch
 * @returns float32 of the shape of x
 * @throws RangeError for shapes that do not match or an epsilon out of range; TypeError for a wrong type
 * @see Ba, Kiros and Hinton, "Layer Normalization", arXiv 1607.06450
 */
export function layerNorm(x: tf.Tensor, scale: tf.Tensor, offset: tf.Tensor, epsilon = 1e-5): tf.Tensor {
  const op = 'layerNorm';
  floatTensor(op, 'x', x);
  const width = x.shape[x.rank - 1] as number;
  checkShape(op, 'scale', floatTensor(op, 'scale', scale), [width]);
  checkShape(op, 'offset', floatTensor(op, 'offset', offset), [width]);
  if (typeof epsilon !== 'number') throw new TypeError(`${op}: epsilon must be a number, got ${epsilon}`);
  if (!(epsilon >= 0 && epsilon < Infinity)) {
    throw new RangeError(`${op}: epsilon must be in [0, Infinity), got ${epsilon}`);
  }
  const [y, means, inverses] = runKernel(LAYER_NORM, { x, scale, offset }, { epsilon }) as [
    tf.Tensor,
    tf.Tensor,
    tf.Tensor,
  ];
  tf.dispose([means, inverses]);
  return y;
}
