/**
 * In the place of tfjs's convolutions on the backend `tensorflow`: `conv2d` where Winograd's algorithm does it, and
 * where TensorFlow's own is wrong; tfjs's own elsewhere.
 */

import * as tf from '@tensorflow/tfjs';
import type { TensorflowBackend } from '../backends.js';
import { CONV2D, CONV2D_FILTER_GRAD, CONV2D_INPUT_GRAD, fitsWinograd, WINOGRAD_GEOMETRY } from '../conv2d/conv2d.js';
import type { Conv2dGeometry } from '../conv2d/geometry.js';
import { MOST_WINOGRAD_PAIRS } from './choose-execution.js';
import { failsInTensorflow, geometryOf } from './failing-convolutions.js';

/** What tfjs passes to its convolution kernels. */
export interface ConvolutionAttributes {
  strides: number | [number, number];
  pad: unknown;
  dataFormat: string;
  dilations?: number | [number, number];
  filterShape?: number[];
  activation?: string;
  leakyreluAlpha?: number;
}

const isOne = (value: unknown) =>
  value === undefined || (Array.isArray(value) ? value.every((v) => v === 1) : value === 1);

function fits(attrs: ConvolutionAttributes, filterShape: readonly number[], inputs: readonly tf.TensorInfo[]): boolean {
  const { strides, pad, dataFormat, dilations } = attrs;
  const isPlain = isOne(strides) && isOne(dilations) && pad === 'same' && dataFormat === 'NHWC';
  const [, , channels = 0, units = 0] = filterShape;
  return (
    isPlain &&
    channels * units <= MOST_WINOGRAD_PAIRS &&
    fitsWinograd(filterShape) &&
    inputs.every(({ dtype, shape }) => dtype === 'float32' && shape.length === 4)
  );
}

/** What our kernel needs besides the geometry. */
type Own = (filterShape: readonly number[]) => object;

/** Which of our kernels stands for one of tfjs's. */
const REPLACED: readonly { name: string; ours: string; inputs: readonly [string, string]; own: Own }[] = [
  { name: tf.Conv2D, ours: CONV2D, inputs: ['x', 'filter'], own: () => ({}) },
  { name: tf.FusedConv2D, ours: CONV2D, inputs: ['x', 'filter'], own: () => ({}) },
  // With Winograd's geometry nothing of x lies behind the last window.
  { name: tf.Conv2DBackpropInput, ours: CONV2D_INPUT_GRAD, inputs: ['dy', 'filter'], own: () => ({ rest: [0, 0] }) },
  {
    name: tf.Conv2DBackpropFilter,
    ours: CONV2D_FILTER_GRAD,
    inputs: ['x', 'dy'],
    own: ([height, width]) => ({ kernel: [height, width] }),
  },
];

/**
 * Puts them in.
 *
 * @returns a function that puts tfjs's own back
 */
export function replaceConvolutions(): () => void {
  const stock = REPLACED.map(({ name }) => tf.getKernel(name, 'tensorflow'));
  REPLACED.forEach(({ name, ours, inputs: names, own }, i) => {
    tf.unregisterKernel(name, 'tensorflow');
    tf.registerKernel({ ...stock[i]!, kernelFunc: convolution(stock[i]!, ours, names, own) });
  });
  return () => {
    REPLACED.forEach(({ name }, i) => {
      tf.unregisterKernel(name, 'tensorflow');
      tf.registerKernel(stock[i]!);
    });
  };
}

function convolution(stock: tf.KernelConfig, ours: string, names: readonly [string, string], own: Own): tf.KernelFunc {
  const kernel = tf.getKernel(ours, 'tensorflow').kernelFunc;
  return (params) => {
    const { backend } = params;
    const attrs = params.attrs as unknown as ConvolutionAttributes;
    const used = names.map((name) => params.inputs[name] as tf.TensorInfo);
    const filterShape = attrs.filterShape ?? (params.inputs['filter'] as tf.TensorInfo).shape;
    let geometry: Conv2dGeometry;
    if (fits(attrs, filterShape, used)) geometry = WINOGRAD_GEOMETRY;
    else if (failsInTensorflow(stock.kernelName, attrs, filterShape, used)) {
      geometry = geometryOf(attrs, filterShape, (params.inputs['x'] as tf.TensorInfo).shape);
    } else return stock.kernelFunc(params);
    const inputs = Object.fromEntries(names.map((name, i) => [name, used[i] as tf.TensorInfo]));
    const ourAttrs = { ...geometry, ...own(filterShape) } as unknown as tf.NamedAttrMap;
    const y = kernel({ inputs, backend, attrs: ourAttrs }) as tf.Tensor;
    return withActivation(y, params.inputs, attrs, backend as TensorflowBackend);
  };
}

/** What FusedConv2D does after its convolution. */
function withActivation(
  y: tf.Tensor,
  { bias, preluActivationWeights }: tf.NamedTensorInfoMap,
  { activation = 'linear', leakyreluAlpha }: ConvolutionAttributes,
  backend: TensorflowBackend,
): tf.Tensor {
  const biased = bias ? tf.add(y, bias as tf.Tensor) : y;
  const result =
    activation === 'linear'
      ? biased
      : backend.applyActivation(biased, activation, preluActivationWeights as tf.Tensor | undefined, leakyreluAlpha);
  if (biased !== y) y.dispose();
  if (result !== biased) biased.dispose();
  return result;
}
