import * as tf from '@tensorflow/tfjs';
import { add, type BlockOptions, convolution, normalise } from './layers.js';

/**
 * Two 3×3 convolutions, each after BatchNorm and ReLU, added to the shortcut. If width or stride change the shape, the
 * shortcut is a 1×1 convolution of the activated input. `dropout` acts between the two convolutions.
 */
export function preactivationBlock(
  x: tf.SymbolicTensor,
  options: BlockOptions & { width: number; stride: number; dropout?: number; name: string },
): tf.SymbolicTensor {
  const { width, stride, dropout = 0, name } = options;
  const activated = normalise(x, options, `${name}_1`);
  const changesShape = stride !== 1 || x.shape[3] !== width;
  const shortcut = changesShape
    ? convolution(activated, options, { filters: width, kernelSize: 1, stride, name: `${name}_shortcut` })
    : x;
  let y = convolution(activated, options, { filters: width, kernelSize: 3, stride, name: `${name}_conv1` });
  y = normalise(y, options, `${name}_2`);
  if (dropout > 0) {
    y = tf.layers.dropout({ rate: dropout, name: `${name}_dropout` }).apply(y) as tf.SymbolicTensor;
  }
  y = convolution(y, options, { filters: width, kernelSize: 3, name: `${name}_conv2` });
  return add(shortcut, y, `${name}_add`);
}
