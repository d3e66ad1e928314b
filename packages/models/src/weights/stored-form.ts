/** How a file stores a variable: which axes are exchanged, and in which order it has the features along them. */

import * as tf from '@tensorflow/tfjs';

/** The framework whose layout a file uses. */
export type Layout = 'pytorch' | 'tensorflow';

/** The number in the file of each entry along an axis of the variable. */
interface AxisOrder {
  readonly axis: number;
  readonly order: readonly number[];
}

/** How a file stores a variable. */
export interface StoredForm {
  /** The tensor's shape in the file. */
  readonly shape: readonly number[];
  /** Which axis of the variable each axis of the tensor is, before the tensor gets its shape. */
  readonly axes?: readonly number[];
  readonly orders?: readonly AxisOrder[];
  /** The axis of the variable that goes over the features that its layer reads. */
  readonly features?: number;
}

/** Converts a tensor of the file to a variable's value. */
export function fromStored(stored: tf.Tensor, shape: readonly number[], { axes, orders = [] }: StoredForm): tf.Tensor {
  const value = axes
    ? tf.transpose(
        tf.reshape(
          stored,
          axes.map((axis) => shape[axis] as number),
        ),
        inverted(axes),
      )
    : tf.reshape(stored, [...shape]);
  return orders.reduce((all, { axis, order }) => tf.gather(all, tf.tensor1d([...order], 'int32'), axis), value);
}

/** Converts a variable's value to the file's layout. */
export function toStored(value: tf.Tensor, { shape, axes, orders = [] }: StoredForm): tf.Tensor {
  const ordered = orders.reduce(
    (all, { axis, order }) => tf.gather(all, tf.tensor1d(inverted(order), 'int32'), axis),
    value,
  );
  return tf.reshape(axes ? tf.transpose(ordered, [...axes]) : ordered, [...shape]);
}

function inverted(order: readonly number[]): number[] {
  const inverse: number[] = Array(order.length).fill(0);
  order.forEach((number, at) => {
    inverse[number] = at;
  });
  return inverse;
}
