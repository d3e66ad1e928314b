/**
 * Convolutions that TensorFlow 2.21 (oneDNN) computes wrongly or dies of. Found by comparing random shapes with our
 * `conv2d`, each in a process that may die.
 */

import * as tf from '@tensorflow/tfjs';
import type { Conv2dGeometry } from '../conv2d/geometry.js';
import type { ConvolutionAttributes } from './convolutions.js';

/** Channels in, from which on oneDNN's blocks are whole. */
const BLOCK = 16;

const pairOf = (value: number | [number, number]): [number, number] => (Array.isArray(value) ? value : [value, value]);

/**
 * Whether TensorFlow fails:
 *
 * - The gradient of a 1×1 filter with strides, where the channels of x are no multiple of 16: with even height and
 *   width it reads past the end of x. The process ends, or the gradient is wrong.
 * - The forward pass of one channel with different strides, which gives wrong sums where the output is one pixel wide.
 *
 * @param kernelName of tfjs's kernel
 */
export function failsInTensorflow(
  kernelName: string,
  { strides, pad, dataFormat, dilations = 1 }: ConvolutionAttributes,
  [height, width, channels = 0, units = 0]: readonly number[],
  inputs: readonly tf.TensorInfo[],
): boolean {
  const [down, across] = pairOf(strides);
  const isOurs =
    (pad === 'valid' || pad === 'same') &&
    dataFormat === 'NHWC' &&
    pairOf(dilations).every((dilation) => dilation === 1) &&
    channels * units > 0 &&
    inputs.every(({ dtype, shape }) => dtype === 'float32' && shape.length === 4 && !shape.includes(0));
  if (!isOurs) return false;
  if (kernelName === tf.Conv2DBackpropFilter) {
    return height === 1 && width === 1 && (down > 1 || across > 1) && channels % BLOCK !== 0;
  }
  return kernelName !== tf.Conv2DBackpropInput && channels === 1 && down !== across;
}

/** The geometry of a convolution without dilations, as our kernels take it. */
export function geometryOf(
  { strides, pad }: ConvolutionAttributes,
  filterShape: readonly number[],
  inputShape: readonly number[],
): Conv2dGeometry {
  const info = tf.backend_util.computeConv2DInfo(
    inputShape as [number, number, number, number],
    filterShape as [number, number, number, number],
    strides,
    1,
    pad as 'same' | 'valid',
  );
  const { top, bottom, left, right } = info.padInfo;
  return {
    strides: [info.strideHeight, info.strideWidth],
    padding: [top, bottom, left, right],
    dilations: [1, 1],
    groups: 1,
  };
}
