/** Dense operands of sparse products: checks, and the meaning of their axes. */

import * as tf from '@tensorflow/tfjs';

/** @throws TypeError unless it is a float32 tensor; RangeError unless its rank is 2 */
export function matrixOperand(op: string, name: string, operand: unknown): tf.Tensor2D {
  const tensor = operand instanceof tf.Tensor ? operand : asTensor(op, name, operand);
  if (tensor.dtype !== 'float32') throw new TypeError(`${op}: ${name} must be float32, got ${tensor.dtype}`);
  if (tensor.rank !== 2) throw new RangeError(`${op}: ${name} must have rank 2, got shape [${tensor.shape}]`);
  return tensor as tf.Tensor2D;
}

function asTensor(op: string, name: string, operand: unknown): tf.Tensor {
  if (!Array.isArray(operand)) throw new TypeError(`${op}: ${name} must be a tensor, a CsrMatrix or nested numbers`);
  return tf.tensor(operand as number[][], undefined, 'float32');
}

/**
 * The value of an optional flag; false if undefined.
 *
 * @throws TypeError unless it is a boolean or undefined
 */
export function checkFlag(op: string, name: string, value: unknown): boolean {
  if (value !== undefined && typeof value !== 'boolean') {
    throw new TypeError(`${op}: ${name} must be a boolean, got ${String(value)}`);
  }
  return value ?? false;
}

/** Strides of token and channel in a dense matrix: [tokens, channels] if tokensOuter, otherwise [channels, tokens]. */
export function strides(
  [rows, columns]: readonly number[],
  tokensOuter: boolean,
): { tokens: number; token: number; channel: number } {
  return tokensOuter
    ? { tokens: rows as number, token: columns as number, channel: 1 }
    : { tokens: columns as number, token: 1, channel: columns as number };
}
