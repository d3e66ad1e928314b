/** The original residual blocks: ReLU follows every BatchNorm, except that the last ReLU follows the addition. */

import * as tf from '@tensorflow/tfjs';
import { add, type BlockOptions, batchNorm, convolution, relu } from './layers.js';

/** Options of a residual block. */
interface ResidualBlockOptions extends BlockOptions {
  /** Channels of the 3×3 convolutions. */
  readonly width: number;
  readonly stride: number;
  /** `'projection'`: a 1×1 convolution and BatchNorm (option B); `'zeros'`: no parameters (option A). */
  readonly shortcut: 'projection' | 'zeros';
  readonly name: string;
}

/** Makes a block. Its output has `expansion` times `width` channels. */
export interface ResidualBlock {
  (x: tf.SymbolicTensor, options: ResidualBlockOptions): tf.SymbolicTensor;
  readonly expansion: number;
}

/** Two 3×3 convolutions. The first has the stride. */
export const basicBlock: ResidualBlock = Object.assign(
  (x: tf.SymbolicTensor, options: ResidualBlockOptions) => {
    const { width, stride, name } = options;
    const convolutions = [
      { filters: width, kernelSize: 3, stride },
      { filters: width, kernelSize: 3, stride: 1 },
    ];
    return residual(x, options, convolutions, name);
  },
  { expansion: 1 },
);

/**
 * 1×1, 3×3 and 1×1 convolutions; the last has four times the width. The 3×3 has the stride, as in torchvision (in the
 * paper it is the first 1×1).
 */
export const bottleneckBlock: ResidualBlock = Object.assign(
  (x: tf.SymbolicTensor, options: ResidualBlockOptions) => {
    const { width, stride, name } = options;
    const convolutions = [
      { filters: width, kernelSize: 1, stride: 1 },
      { filters: width, kernelSize: 3, stride },
      { filters: 4 * width, kernelSize: 1, stride: 1 },
    ];
    return residual(x, options, convolutions, name);
  },
  { expansion: 4 },
);

function residual(
  x: tf.SymbolicTensor,
  options: ResidualBlockOptions,
  convolutions: readonly { filters: number; kernelSize: number; stride: number }[],
  name: string,
): tf.SymbolicTensor {
  let y = x;
  convolutions.forEach((shape, index) => {
    const number = index + 1;
    y = batchNorm(
      convolution(y, options, { ...shape, name: `${name}_conv${number}` }),
      options,
      `${name}_norm${number}`,
    );
    if (number < convolutions.length) y = relu(y, `${name}_relu${number}`);
  });
  const filters = convolutions.at(-1)!.filters;
  return relu(add(shortcutOf(x, options, filters), y, `${name}_add`), `${name}_relu`);
}

function shortcutOf(x: tf.SymbolicTensor, options: ResidualBlockOptions, filters: number): tf.SymbolicTensor {
  const { stride, shortcut, name } = options;
  const channels = x.shape[3]!;
  if (stride === 1 && channels === filters) return x;
  if (shortcut === 'projection') {
    const projected = convolution(x, options, { filters, kernelSize: 1, stride, name: `${name}_shortcut` });
    return batchNorm(projected, options, `${name}_shortcut_norm`);
  }
  const subsampled = tf.layers
    .averagePooling2d({ poolSize: 1, strides: stride, name: `${name}_subsample` })
    .apply(x) as tf.SymbolicTensor;
  // Pads the channels, which tf.layers has no layer for: with `channelsFirst`, zeroPadding2d pads the last two axes,
  // here width (by 0) and channels.
  const before = Math.floor((filters - channels) / 2);
  return tf.layers
    .zeroPadding2d({
      padding: [
        [0, 0],
        [before, filters - channels - before],
      ],
      dataFormat: 'channelsFirst',
      name: `${name}_widen`,
    })
    .apply(subsampled) as tf.SymbolicTensor;
}
