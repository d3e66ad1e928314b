/**
 * Converts between the layouts of tf.layers and PyTorch. PyTorch stores a convolution kernel as `[out, in, …size]`
 * instead of `[…size, in, out]` and a dense one as `[out, in]` instead of `[in, out]`, and flattens images with the
 * channels first.
 */

import * as tf from '@tensorflow/tfjs';
import type { NamedVariable } from './named-variables.js';

/** The framework whose layout a file uses. */
export type Layout = 'pytorch' | 'tensorflow';

type Kernel = Pick<NamedVariable, 'kind' | 'flattened'>;

/** The shape in the file of a variable of `shape`. */
export function storedShape(shape: readonly number[], { kind }: Kernel, layout: Layout): number[] {
  if (layout === 'tensorflow' || kind === 'other') return [...shape];
  return kind === 'linear' ? [...shape].reverse() : axesToPytorch(shape.length).map((axis) => shape[axis]!);
}

/** Converts a tensor of the file to a variable's value. */
export function fromStored(stored: tf.Tensor, { kind, flattened }: Kernel, layout: Layout): tf.Tensor {
  if (layout === 'tensorflow' || kind === 'other') return stored;
  if (kind === 'convolution') return tf.transpose(stored, invert(axesToPytorch(stored.rank)));
  if (!flattened) return tf.transpose(stored);
  const [units] = stored.shape as [number];
  const [height, width, channels] = flattened;
  const image = tf.transpose(tf.reshape(stored, [units, channels, height, width]), [2, 3, 1, 0]);
  return tf.reshape(image, [height * width * channels, units]);
}

/** Converts a variable's value to the file's layout. */
export function toStored(value: tf.Tensor, { kind, flattened }: Kernel, layout: Layout): tf.Tensor {
  if (layout === 'tensorflow' || kind === 'other') return value;
  if (kind === 'convolution') return tf.transpose(value, axesToPytorch(value.rank));
  if (!flattened) return tf.transpose(value);
  const units = value.shape[1]!;
  const image = tf.transpose(tf.reshape(value, [...flattened, units]), [3, 2, 0, 1]);
  return tf.reshape(image, [units, value.shape[0]!]);
}

/** `[…size, in, out]` → `[out, in, …size]` */
function axesToPytorch(rank: number): number[] {
  return [rank - 1, rank - 2, ...Array.from({ length: rank - 2 }, (_, axis) => axis)];
}

function invert(axes: readonly number[]): number[] {
  return axes.map((_, axis) => axes.indexOf(axis));
}
