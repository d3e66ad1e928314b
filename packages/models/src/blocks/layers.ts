/** The layers that the networks consist of, all stock tf.layers. */

import * as tf from '@tensorflow/tfjs';
import type { Initializers } from './architecture.js';

/** Options that all blocks of a network share. */
export interface BlockOptions {
  readonly initializers: Initializers;
  /** Momentum of BatchNorm's running statistics. */
  readonly momentum: number;
  /** Added to BatchNorm's variance. */
  readonly epsilon: number;
  /**
   * Padding of convolutions with a stride. `'symmetric'` pads both sides equally, as PyTorch and Caffe do. `'same'` is
   * TensorFlow's, which pads an even-sized image only below and on the right.
   */
  readonly padding: 'same' | 'symmetric';
}

/** A convolution with a square kernel of odd size. Only the stride changes the image's size. */
export function convolution(
  x: tf.SymbolicTensor,
  { initializers, padding }: Pick<BlockOptions, 'initializers' | 'padding'>,
  shape: { filters: number; kernelSize: number; stride?: number; useBias?: boolean; name: string },
): tf.SymbolicTensor {
  const { filters, kernelSize, stride = 1, useBias = false, name } = shape;
  // Both paddings are equal for stride 1 and for 1×1 kernels.
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

/** Pads an image with zeros on all sides. */
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

export function relu(x: tf.SymbolicTensor, name: string): tf.SymbolicTensor {
  return tf.layers.reLU({ name }).apply(x) as tf.SymbolicTensor;
}

/** BatchNorm, then ReLU. */
export function normalise(x: tf.SymbolicTensor, options: BlockOptions, name: string): tf.SymbolicTensor {
  return relu(batchNorm(x, options, `${name}_norm`), `${name}_relu`);
}

/** Adds a block's shortcut and its residual branch. */
export function add(shortcut: tf.SymbolicTensor, y: tf.SymbolicTensor, name: string): tf.SymbolicTensor {
  return tf.layers.add({ name }).apply([shortcut, y]) as tf.SymbolicTensor;
}

/** Global average pooling and logits, without softmax. */
export function classifier(x: tf.SymbolicTensor, classes: number, initializers: Initializers): tf.SymbolicTensor {
  return logits(
    tf.layers.globalAveragePooling2d({ name: 'pool' }).apply(x) as tf.SymbolicTensor,
    classes,
    initializers,
  );
}

/** The last dense layer, without softmax. */
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
