import * as tf from '@tensorflow/tfjs';
import type { KernelLayout } from '@winnow/graph';

/**
 * A kernel with its units on the last axis and its fan-in on the others, which is how methods and pruning see every
 * kernel: a depthwise `[h, w, channels, multiplier]` as `[h, w, 1, channels · multiplier]`, a transposed `[h, w, units,
 * channels]` as `[h, w, channels, units]`. All others are that way already and are given back themselves.
 */
export function unitsLast(kernel: tf.Tensor, layout: KernelLayout = 'unitsLast'): tf.Tensor {
  if (layout === 'unitsLast') return kernel;
  const { shape } = kernel;
  if (layout === 'transposed') return tf.transpose(kernel, swapped(shape.length));
  const [channels, multiplier] = shape.slice(-2) as [number, number];
  return tf.reshape(kernel, [...shape.slice(0, -2), 1, channels * multiplier]);
}

/** The way back: `seen` as its layer has it, of the kernel's own shape. */
export function asLayerHas(seen: tf.Tensor, layout: KernelLayout = 'unitsLast', shape: readonly number[]): tf.Tensor {
  if (layout === 'unitsLast') return seen;
  return layout === 'transposed' ? tf.transpose(seen, swapped(shape.length)) : tf.reshape(seen, [...shape]);
}

function swapped(rank: number): number[] {
  return [...Array(rank - 2).keys(), rank - 1, rank - 2];
}
