import * as tf from '@tensorflow/tfjs';

/** What all blocks of a network share. */
export interface BlockOptions {
  /** Gives the next layer's seed. */
  seeds: () => number;
  /** Momentum of BatchNorm's running statistics. */
  momentum: number;
}

/** BatchNorm and ReLU. */
export function normalise(x: tf.SymbolicTensor, { momentum }: BlockOptions, name: string): tf.SymbolicTensor {
  const normalised = tf.layers.batchNormalization({ momentum, epsilon: 1e-3, name: `${name}_norm` }).apply(x);
  return tf.layers.reLU({ name: `${name}_relu` }).apply(normalised) as tf.SymbolicTensor;
}

/**
 * Two 3×3 convolutions, each behind BatchNorm and ReLU, added to the shortcut; where width or stride change the shape the
 * shortcut is a 1×1 convolution of the activated input.
 */
export function preactivationBlock(
  x: tf.SymbolicTensor,
  options: BlockOptions & { width: number; stride: number; name: string },
): tf.SymbolicTensor {
  const { width, stride, name, seeds } = options;
  const convolution = (kernelSize: number, strides: number, suffix: string) =>
    tf.layers.conv2d({
      filters: width,
      kernelSize,
      strides,
      padding: 'same',
      useBias: false,
      kernelInitializer: tf.initializers.heNormal({ seed: seeds() }),
      name: `${name}_${suffix}`,
    });
  const activated = normalise(x, options, `${name}_1`);
  const changesShape = stride !== 1 || x.shape[3] !== width;
  const shortcut = changesShape ? (convolution(1, stride, 'shortcut').apply(activated) as tf.SymbolicTensor) : x;
  let y = convolution(3, stride, 'conv1').apply(activated) as tf.SymbolicTensor;
  y = convolution(3, 1, 'conv2').apply(normalise(y, options, `${name}_2`)) as tf.SymbolicTensor;
  return tf.layers.add({ name: `${name}_add` }).apply([shortcut, y]) as tf.SymbolicTensor;
}
