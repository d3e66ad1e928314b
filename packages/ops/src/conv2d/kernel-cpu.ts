import type * as tf from '@tensorflow/tfjs';
import { type CpuBackend, floatValues } from '../backends.js';
import {
  CONV2D,
  CONV2D_FILTER_GRAD,
  CONV2D_INPUT_GRAD,
  CONV2D_KEPT_FILTER_GRAD,
  type Conv2dFilterGradAttributes,
  type Conv2dInputGradAttributes,
} from './conv2d.js';
import { type Conv2dGeometry, outputSize, spanOf } from './geometry.js';
import { withMask } from './mask-output.js';

type Shape = readonly [number, number, number, number];

/** Shapes of x, filter and y, and what is between them. */
interface Convolution {
  x: Shape;
  filter: Shape;
  y: Shape;
  geometry: Conv2dGeometry;
}

/**
 * Calls each(first element of a channel of x, of filter, of y) for every place of x that a place of the filter meets.
 */
function forEachMeeting(
  { x, filter, y, geometry }: Convolution,
  each: (x: number, filter: number, y: number) => void,
): void {
  const { strides, padding, dilations } = geometry;
  const [images, height, width, inputs] = x;
  const [kernelHeight, kernelWidth, depth, outputs] = filter;
  for (let image = 0; image < images; image++) {
    for (let i = 0; i < y[1]; i++) {
      for (let j = 0; j < y[2]; j++) {
        const to = ((image * y[1] + i) * y[2] + j) * outputs;
        for (let u = 0; u < kernelHeight; u++) {
          const row = i * strides[0] + u * dilations[0] - padding[0];
          if (row < 0 || row >= height) continue;
          for (let v = 0; v < kernelWidth; v++) {
            const column = j * strides[1] + v * dilations[1] - padding[2];
            if (column < 0 || column >= width) continue;
            const from = ((image * height + row) * width + column) * inputs;
            each(from, (u * kernelWidth + v) * depth * outputs, to);
          }
        }
      }
    }
  }
}

/** Calls each(element of x, of filter, of y) for every product that the convolution sums up. */
function forEachProduct(convolution: Convolution, each: (x: number, filter: number, y: number) => void): void {
  const [, , depth, outputs] = convolution.filter;
  const perGroup = outputs / convolution.geometry.groups;
  forEachMeeting(convolution, (x, filter, y) => {
    for (let o = 0; o < outputs; o++) {
      const first = x + Math.floor(o / perGroup) * depth;
      for (let c = 0; c < depth; c++) each(first + c, filter + c * outputs + o, y + o);
    }
  });
}

const shapeOf = (tensor: tf.TensorInfo) => tensor.shape as [number, number, number, number];

/** A kernel that sums up products of two inputs, in double, into a third array of the convolution. */
function kernel<Attributes extends Conv2dGeometry>(
  kernelName: string,
  names: readonly [string, string],
  describe: (first: Shape, second: Shape, attrs: Attributes) => Convolution,
  out: 'x' | 'filter' | 'y',
): tf.KernelConfig {
  return {
    kernelName,
    backendName: 'cpu',
    kernelFunc({ inputs, backend, attrs }) {
      const [first, second] = names.map((name) => inputs[name] as tf.TensorInfo) as [tf.TensorInfo, tf.TensorInfo];
      const convolution = describe(shapeOf(first), shapeOf(second), attrs as unknown as Attributes);
      const [a, b] = [floatValues(backend as CpuBackend, first), floatValues(backend as CpuBackend, second)];
      const shape = [...convolution[out]];
      const sums = new Float64Array(shape.reduce((product, size) => product * size, 1));
      if (out === 'y') {
        forEachProduct(convolution, (x, filter, y) => {
          sums[y]! += a[x]! * b[filter]!;
        });
      } else if (out === 'x') {
        forEachProduct(convolution, (x, filter, y) => {
          sums[x]! += a[filter]! * b[y]!;
        });
      } else {
        forEachProduct(convolution, (x, filter, y) => {
          sums[filter]! += a[x]! * b[y]!;
        });
      }
      return (backend as CpuBackend).makeTensorInfo(shape, 'float32', Float32Array.from(sums));
    },
  };
}

/** `conv2d` in plain JavaScript. */
export const conv2dCpu = withMask(
  kernel<Conv2dGeometry>(
    CONV2D,
    ['x', 'filter'],
    (x, filter, geometry) => {
      const [height, width] = outputSize('conv2d', [x[1], x[2]], [filter[0], filter[1]], geometry);
      return { x, filter, y: [x[0], height, width, filter[3]], geometry };
    },
    'y',
  ),
);

/** Its gradients. */
export const conv2dInputGradCpu = kernel<Conv2dInputGradAttributes>(
  CONV2D_INPUT_GRAD,
  ['filter', 'dy'],
  (filter, dy, { rest, ...geometry }) => {
    const { strides, padding, dilations } = geometry;
    const along = (axis: 0 | 1) =>
      (dy[1 + axis]! - 1) * strides[axis] +
      spanOf(filter[axis], dilations[axis]) -
      padding[2 * axis]! -
      padding[2 * axis + 1]! +
      rest[axis];
    return { x: [dy[0], along(0), along(1), filter[2] * geometry.groups], filter, y: dy, geometry };
  },
  'x',
);
export const conv2dFilterGradCpu = kernel<Conv2dFilterGradAttributes>(
  CONV2D_FILTER_GRAD,
  ['x', 'dy'],
  (x, dy, { kernel: [height, width], ...geometry }) => ({
    x,
    filter: [height, width, x[3] / geometry.groups, dy[3]],
    y: dy,
    geometry,
  }),
  'filter',
);

/** The gradient of the kept weights, where mask is not 0 or origin is; the others have 0. */
export const conv2dKeptFilterGradCpu: tf.KernelConfig = {
  kernelName: CONV2D_KEPT_FILTER_GRAD,
  backendName: 'cpu',
  kernelFunc({ inputs, backend, attrs }) {
    const { mask, origin } = inputs as { mask: tf.TensorInfo; origin?: tf.TensorInfo };
    const kernel = mask.shape.slice(0, 2);
    const dense = conv2dFilterGradCpu.kernelFunc({ inputs, backend, attrs: { ...attrs, kernel } }) as tf.TensorInfo;
    const cpu = backend as CpuBackend;
    const kept = cpu.data.get(mask.dataId).values as ArrayLike<number>;
    const before = origin && floatValues(cpu, origin);
    const gradient = floatValues(cpu, dense);
    for (let i = 0; i < gradient.length; i++) {
      if (!kept[i] && before?.[i] !== 0) gradient[i] = 0;
    }
    return dense;
  },
};
