import type { Node } from '../network.js';
import type { SourceWeight } from '../source.js';
import { activationOf } from './activations.js';
import type { LayerCall } from './layer-call.js';
import { windowOf } from './windows.js';

const biasOf = (call: LayerCall, outputs: number): { bias?: Float32Array } =>
  call.weight('bias') === undefined ? {} : { bias: call.needWeight('bias', [outputs]).values };

/** A kernel that a layer may hold its weights to is not applied here: constraints have done so after each step. */
function dense(call: LayerCall): Node {
  const dims = call.needRank(1, 3);
  const { shape, values } = call.needWeight('kernel', [dims.at(-1), undefined]);
  const [groupInputs = 0, outputs = 0] = shape;
  const convolution = { groups: 1, groupInputs, outputs, weights: values, ...biasOf(call, outputs) };
  return call.activated(call.convolution(call.input, [...dims.slice(0, -1), outputs], convolution), activationOf(call));
}

/** @param kernel [height, width, channels / groups, units] */
function convolve(call: LayerCall, { shape, values }: SourceWeight, isOneDimensional = false): Node {
  call.needOption('dataFormat', 'channelsLast');
  const { dims } = call.input;
  const [height = 0, width = 0, groupInputs = 0, outputs = 0] = shape;
  const channels = dims.at(-1) ?? 0;
  const groups = channels / groupInputs;
  if (!Number.isInteger(groups)) call.refuse(`kernel must have a divisor of ${channels} inputs, got [${shape}]`);
  const last = (pair: readonly [number, number]): readonly [number, number] => (isOneDimensional ? [1, pair[0]] : pair);
  const { window, places } = windowOf(
    call,
    [height, width],
    last(call.pair('strides', 1)),
    last(call.pair('dilationRate', 1)),
  );
  const convolution = { groups, groupInputs, outputs, weights: values, ...biasOf(call, outputs) };
  return call.activated(call.convolution(call.input, [...places, outputs], convolution, window), activationOf(call));
}

function conv1d(call: LayerCall): Node {
  call.needRank(2);
  const { shape, values } = call.needWeight('kernel', [undefined, undefined, undefined]);
  return convolve(call, { shape: [1, ...shape], values }, true);
}

function conv2d(call: LayerCall): Node {
  call.needRank(3);
  return convolve(call, call.needWeight('kernel', [undefined, undefined, undefined, undefined]));
}

/** Output c · multiplier + m comes from channel c alone, which is how the kernel [height, width, c, m] lies. */
function depthwiseKernel(call: LayerCall): SourceWeight {
  const channels = call.needRank(3).at(-1);
  const { shape, values } = call.needWeight('depthwise_kernel', [undefined, undefined, channels, undefined]);
  const [height = 0, width = 0, inputs = 0, multiplier = 0] = shape;
  return { shape: [height, width, 1, inputs * multiplier], values };
}

function depthwiseConv2d(call: LayerCall): Node {
  return convolve(call, depthwiseKernel(call));
}

function separableConv2d(call: LayerCall): Node {
  call.needOption('dataFormat', 'channelsLast');
  const { shape, values } = depthwiseKernel(call);
  const [height = 0, width = 0, , between = 0] = shape;
  const { window, places } = windowOf(call, [height, width], call.pair('strides', 1), call.pair('dilationRate', 1));
  const groups = call.input.dims.at(-1) ?? 0;
  const depthwise = { groups, groupInputs: 1, outputs: between, weights: values };
  const first = call.convolution(call.input, [...places, between], depthwise, window);
  const pointwise = call.needWeight('pointwise_kernel', [1, 1, between, undefined]);
  const outputs = pointwise.shape[3] ?? 0;
  const second = { groups: 1, groupInputs: between, outputs, weights: pointwise.values, ...biasOf(call, outputs) };
  return call.activated(call.convolution(first, [...places, outputs], second), activationOf(call));
}

function batchNormalization(call: LayerCall): Node {
  const { dims } = call.input;
  const axis = call.option('axis') ?? -1;
  const [last] = Array.isArray(axis) ? axis : [axis];
  if (last !== -1 && last !== dims.length) call.refuse(`axis must be the last, got ${JSON.stringify(axis)}`);
  const channels = dims.at(-1) ?? 0;
  const each = (name: string, otherwise: number) =>
    call.weight(name) === undefined
      ? new Float32Array(channels).fill(otherwise)
      : call.needWeight(name, [channels]).values;
  const mean = call.needWeight('moving_mean', [channels]).values;
  const variance = call.needWeight('moving_variance', [channels]).values;
  const epsilon = call.number('epsilon', 1e-3);
  const gamma = each('gamma', 1);
  const beta = each('beta', 0);
  const factors = Float64Array.from(gamma, (value, c) => value / Math.sqrt((variance[c] as number) + epsilon));
  const shift = Float32Array.from(beta, (value, c) => value - (mean[c] as number) * (factors[c] as number));
  return call.scaled(call.input, Float32Array.from(factors), shift);
}

/** Layers with weights. */
export const weightedLayers = {
  Dense: dense,
  Conv1D: conv1d,
  Conv2D: conv2d,
  DepthwiseConv2D: depthwiseConv2d,
  SeparableConv2D: separableConv2d,
  BatchNormalization: batchNormalization,
} as const;
