/** The layers that the networks are made of, all of them stock tf.layers. */

import * as tf from '@tensorflow/tfjs';
import type { Initializers } from './architecture.js';

/** What all blocks of a network share. */
export interface BlockOptions {
  readonly initializers: Initializers;
  /** Momentum of BatchNorm's running statistics. */
  readonly momentum: number;
  /** Added to the variance in BatchNorm. */
  readonly epsilon: number;
  /**
   * Where a convolution with a stride finds its border: `'symmetric'` pads both sides alike, as PyTorch and Caffe do;
   * `'same'` is TensorFlow's, which pads an even image below and on the right alone.
   */
  readonly padding: 'same' | 'symmetric';
}

/** One convolution with a square kernel of odd size that keeps the image's size but for the stride. */
export function convolution(
  x: tf.SymbolicTensor,
  { initializers, padding }: Pick<BlockOptions, 'initializers' | 'padding'>,
  shape: { filters: number; kernelSize: number; stride?: number; useBias?: boolean; name: string },
): tf.SymbolicTensor {
  const { filters, kernelSize, stride = 1, useBias = false, name } = shape;
  // Without a stride, and for 1×1 kernels, both conventions are the same.
  const isPadded = padding === 'symmetric' && stride > 1 && kernelSize > 1;
  const padded = isPadded ? symmetricPadding(x, (kernelSize - 1) / 2, `${name}_pad`) : x;
  return tf.layers
    .conv2d({
      filters,
      kernelSize,
      strides: stride,
      padding: isPadded ? 'valid' : 'same',
      useBias,
      kernelInitializer: initializers.heNormal(),
      name,
    })
    .apply(padded) as tf.SymbolicTensor;
}

/** Zeros around the image. */
export function symmetricPadding(x: tf.SymbolicTensor, pixels: number, name: string): tf.SymbolicTensor {
  const padding: [number, number] = [pixels, pixels];
  return tf.layers.zeroPadding2d({ padding: [padding, padding], name }).apply(x) as tf.SymbolicTensor;
}

/** BatchNorm over the channels. */
export function batchNorm(
  x: tf.SymbolicTensor,
  { momentum, epsilon }: Pick<BlockOptions, 'momentum' | 'epsilon'>,
  name: string,
): tf.SymbolicTensor {
  return tf.layers.batchNormalization({ momentum, epsilon, name }).apply(x) as tf.SymbolicTensor;
}

/** ReLU. */
export function relu(x: tf.SymbolicTensor, name: string): tf.SymbolicTensor {
  return tf.layers.reLU({ name }).apply(x) as tf.SymbolicTensor;
}

/** BatchNorm and ReLU. */
export function normalise(x: tf.SymbolicTensor, options: BlockOptions, name: string): tf.SymbolicTensor {
  return relu(batchNorm(x, options, `${name}_norm`), `${name}_relu`);
}

/** The sum of the block's two ways. */
export function add(shortcut: tf.SymbolicTensor, y: tf.SymbolicTensor, name: string): tf.SymbolicTensor {
  return tf.layers.add({ name }).apply([shortcut, y]) as tf.SymbolicTensor;
}

/** Global average pooling and the logits (no softmax). */
export function classifier(x: tf.SymbolicTensor, classes: number, initializers: Initializers): tf.SymbolicTensor {
  return logits(
    tf.layers.globalAveragePooling2d({ name: 'pool' }).apply(x) as tf.SymbolicTensor,
    classes,
    initializers,
  );
}

/** The last layer, without softmax. */
export function logits(x: tf.SymbolicTensor, classes: number, initializers: Initializers): tf.SymbolicTensor {
  return tf.layers
    .dense({ units: classes, kernelInitializer: initializers.glorotNormal(), name: 'logits' })
    .apply(x) as tf.SymbolicTensor;
}

/** A dense layer with bias and ReLU. */
export function hidden(
  x: tf.SymbolicTensor,
  units: number,
  initializers: Initializers,
  name: string,
): tf.SymbolicTensor {
  const dense = tf.layers.dense({ units, kernelInitializer: initializers.heNormal(), name }).apply(x);
  return relu(dense as tf.SymbolicTensor, `${name}_relu`);
}
