/** Reads the dense tensors that a sparse matrix is made from. */

import * as tf from '@tensorflow/tfjs';

/** @throws TypeError unless it is float32; RangeError unless its rank is 2 */
export function readDense(
  op: string,
  name: string,
  dense: tf.Tensor | tf.TensorLike,
): { data: Float32Array; rows: number; columns: number } {
  const tensor = dense instanceof tf.Tensor ? dense : tf.tensor(dense as number[][], undefined, 'float32');
  try {
    if (tensor.dtype !== 'float32') throw new TypeError(`${op}: ${name} must be float32, got ${tensor.dtype}`);
    if (tensor.rank !== 2) throw new RangeError(`${op}: ${name} must have rank 2, got ${tensor.rank}`);
    const [rows, columns] = tensor.shape as [number, number];
    return { data: tensor.dataSync<'float32'>(), rows, columns };
  } finally {
    if (tensor !== dense) tensor.dispose();
  }
}

/** @throws TypeError unless it is a bool tensor; RangeError for another shape */
export function readMask(op: string, mask: unknown, rows: number, columns: number): Uint8Array {
  if (!(mask instanceof tf.Tensor) || mask.dtype !== 'bool') throw new TypeError(`${op}: mask must be a bool tensor`);
  if (mask.shape.join() !== `${rows},${columns}`) {
    throw new RangeError(`${op}: mask must have shape [${rows}, ${columns}], got [${mask.shape}]`);
  }
  return Uint8Array.from(mask.dataSync());
}
