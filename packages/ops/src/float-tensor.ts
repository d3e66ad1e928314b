import * as tf from '@tensorflow/tfjs';

/**
 * Checks that an argument is a float32 tensor of rank ≥ 1.
 *
 * @throws TypeError otherwise
 */
export function floatTensor(op: string, name: string, value: unknown): tf.Tensor {
  if (!(value instanceof tf.Tensor)) throw new TypeError(`${op}: ${name} must be a tensor, got ${value}`);
  if (value.dtype !== 'float32') throw new TypeError(`${op}: ${name} must be float32, got ${value.dtype}`);
  if (value.rank === 0) throw new RangeError(`${op}: ${name} must have rank 1 or more, got a scalar`);
  return value;
}

/** @throws RangeError unless the tensor has this shape */
export function checkShape(op: string, name: string, tensor: tf.Tensor, shape: readonly number[]): void {
  if (tf.util.arraysEqual(tensor.shape, shape as number[])) return;
  throw new RangeError(`${op}: ${name} must have shape [${shape}], got [${tensor.shape}]`);
}

/** The shape seen as rows along its last axis. */
export function rowsOf(shape: readonly number[]): { rows: number; width: number } {
  const width = shape[shape.length - 1] as number;
  return { rows: shape.slice(0, -1).reduce((product, size) => product * size, 1), width };
}
