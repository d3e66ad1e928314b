import * as tf from '@tensorflow/tfjs';
import { runKernel } from '../run-kernel.js';
import {
  type Conv2dExecution,
  type Conv2dGeometry,
  type Conv2dOptions,
  outputSize,
  readComputation,
  readGeometry,
} from './geometry.js';

export type { Conv2dExecution, Conv2dOptions, Conv2dPad } from './geometry.js';

/** Names of the kernels in tfjs's registry and of the operations in TensorFlow. */
export const CONV2D = 'WinnowConv2d';
export const CONV2D_INPUT_GRAD = 'WinnowConv2dInputGrad';
export const CONV2D_FILTER_GRAD = 'WinnowConv2dFilterGrad';
export const CONV2D_KEPT_FILTER_GRAD = 'WinnowConv2dKeptFilterGrad';

/** Attributes of the gradient of x: its rows and columns behind the last window. */
export interface Conv2dInputGradAttributes extends Conv2dGeometry {
  readonly execution?: Conv2dExecution;
  readonly rest: readonly [number, number];
}
/** Attributes of the gradient of the filter: the filter's height and width. */
export interface Conv2dFilterGradAttributes extends Conv2dGeometry {
  readonly kernel: readonly [number, number];
}

/** Winograd's channels come in blocks of so many. */
const WINOGRAD_CHANNELS = 16;

/** The geometry that Winograd's algorithm is for: stride 1 and padding of 1. */
export const WINOGRAD_GEOMETRY: Conv2dGeometry = {
  strides: [1, 1],
  padding: [1, 1, 1, 1],
  dilations: [1, 1],
  groups: 1,
};

/** Whether a filter of this shape, with stride 1 and `'same'` padding, is computed by Winograd's algorithm. */
export function fitsWinograd(filterShape: readonly number[]): boolean {
  const [height, width, inputs = 0, outputs = 0] = filterShape;
  const inBlocks = (channels: number) => channels > 0 && channels % WINOGRAD_CHANNELS === 0;
  return filterShape.length === 4 && height === 3 && width === 3 && inBlocks(inputs) && inBlocks(outputs);
}

/**
 * A two-dimensional convolution, as `tf.conv2d` but for rounding, with groups and padding for each side besides.
 * Differentiable with respect to both tensors, on the backends `tensorflow` (our own operation) and `cpu` (plain
 * JavaScript).
 *
 * On `tensorflow`, 3×3 filters with stride 1, `'same'` padding and channels in multiples of 16 go through Winograd's
 * minimal filtering (an error some twice that of a plain sum): with up to 128 × 128 channels about twice as fast as
 * TensorFlow's own convolution (oneDNN). There `useFastGradients` puts it in the place of `tf.conv2d`. For all else,
 * and for more channels, oneDNN is faster, and `useFastGradients` leaves it where it is; this function computes those
 * by patches and a product of matrices, or, with a filter for every channel, channel by channel.
 *
 * A filter with many zeros is multiplied weight by weight (see `execution`): the time follows the number of weights
 * that are not 0. A weight of 0 then meets nothing, not even a NaN or an infinity of x.
 *
 * @param x float32 `[images, height, width, inputs]`
 * @param filter float32 `[height, width, inputs / groups, outputs]`
 * @returns float32 `[images, height, width, outputs]`
 * @throws TypeError for another dtype; RangeError for shapes or options that do not fit
 * @see Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks", arXiv 1509.09308
 */
export function conv2d(x: tf.Tensor4D, filter: tf.Tensor4D, options: Conv2dOptions = {}): tf.Tensor4D {
  for (const [name, tensor] of Object.entries({ x, filter })) {
    if (!(tensor instanceof tf.Tensor)) {
      throw new TypeError(`conv2d: ${name} must be a tensor, got ${tensor}`);
    }
    if (tensor.dtype !== 'float32') throw new TypeError(`conv2d: ${name} must be float32, got ${tensor.dtype}`);
    if (tensor.shape.length !== 4) throw new RangeError(`conv2d: ${name} must have rank 4, got [${tensor.shape}]`);
  }
  if (filter.size === 0) {
    throw new RangeError(`conv2d: filter must have at least one element, got [${filter.shape}]`);
  }
  const input: [number, number] = [x.shape[1], x.shape[2]];
  const kernel: [number, number] = [filter.shape[0], filter.shape[1]];
  const geometry = readGeometry('conv2d', options, input, kernel);
  const { groups } = geometry;
  if (filter.shape[3] % groups !== 0) {
    throw new RangeError(`conv2d: groups must divide the filter's ${filter.shape[3]} outputs, got ${groups}`);
  }
  const channels = filter.shape[2] * groups;
  if (x.shape[3] !== channels) {
    throw new RangeError(`conv2d: x must have the filter's ${channels} input channels, got [${x.shape}]`);
  }
  outputSize('conv2d', input, kernel, geometry);
  const attributes = { ...geometry, ...readComputation('conv2d', options) };
  const { mask } = options;
  if (mask === undefined) return runKernel(CONV2D, { x, filter }, attributes) as tf.Tensor4D;
  checkMask(mask, filter.shape);
  return tf.tidy(() => (runKernel(CONV2D, { x, filter }, attributes) as tf.Tensor4D[])[0] as tf.Tensor4D);
}

function checkMask(mask: unknown, shape: readonly number[]): void {
  if (!(mask instanceof tf.Tensor)) throw new TypeError(`conv2d: mask must be a tensor, got ${mask}`);
  if (mask.dtype !== 'bool' && mask.dtype !== 'float32') {
    throw new TypeError(`conv2d: mask must be bool or float32, got ${mask.dtype}`);
  }
  if (!tf.util.arraysEqual(mask.shape, [...shape])) {
    throw new RangeError(`conv2d: mask must have the filter's shape [${shape}], got [${mask.shape}]`);
  }
}
