import { exampleShape, type Node } from '../network.js';
import { type LayerCall, POINT } from './layer-call.js';
import { windowOf } from './windows.js';

/** At inference they pass what they read. */
const identity = (call: LayerCall): Node => call.input;

const elementwise = (op: Node['op']) => (call: LayerCall) => call.node(op, widest(call));

/** Inputs of one shape, but for those of one pixel, which are used at every pixel. */
function widest(call: LayerCall): readonly number[] {
  const size = (dims: readonly number[]) => dims.reduce((product, axis) => product * axis, 1);
  const dims = call.inputs.map((input) => input.dims);
  const widestDims = dims.reduce((a, b) => (size(b) > size(a) ? b : a));
  const fits = dims.every(
    (each) =>
      `${each}` === `${widestDims}` ||
      (each.length === widestDims.length &&
        each.at(-1) === widestDims.at(-1) &&
        each.slice(0, -1).every((axis) => axis === 1)),
  );
  return fits ? widestDims : call.refuse(`inputs must have one shape, got [${dims.join('], [')}]`);
}

function average(call: LayerCall): Node {
  const sum = call.node('add', widest(call));
  const { channels } = exampleShape(sum.dims);
  return call.scaled(sum, new Float32Array(channels).fill(1 / call.inputs.length), new Float32Array(channels));
}

function concatenate(call: LayerCall): Node {
  const [first, ...rest] = call.inputs.map(({ dims }) => dims);
  if (first === undefined) call.refuse('must have inputs');
  const axis = call.number('axis', -1);
  if (axis !== -1 && axis !== first.length) call.refuse(`axis must be the last, got ${axis}`);
  const lead = `${first.slice(0, -1)}`;
  const isEven = rest.every((dims) => dims.length === first.length && `${dims.slice(0, -1)}` === lead);
  if (!isEven) call.refuse('inputs must have one shape but for the last axis');
  const channels = call.inputs.reduce((sum, { dims }) => sum + (dims.at(-1) ?? 0), 0);
  return call.node('concatenate', [...first.slice(0, -1), channels]);
}

const reshaped = (call: LayerCall, dims: readonly number[]): Node => call.node('reshape', dims);
const countOf = (dims: readonly number[]): number => dims.reduce((product, axis) => product * axis, 1);

function flatten(call: LayerCall): Node {
  call.needOption('dataFormat', 'channelsLast');
  return reshaped(call, [countOf(call.input.dims)]);
}

function reshape(call: LayerCall): Node {
  const target = call.option('targetShape');
  const isShape = Array.isArray(target) && target.every((axis) => axis === null || Number.isInteger(axis));
  if (!isShape) call.refuse(`targetShape must be sizes, got ${JSON.stringify(target)}`);
  const sizes = (target as (number | null)[]).map((axis) => axis ?? -1);
  const count = countOf(call.input.dims);
  const known = countOf(sizes.filter((axis) => axis >= 0));
  const dims = sizes.map((axis) => (axis < 0 ? count / known : axis));
  if (countOf(dims) !== count || dims.length < 1 || dims.length > 3) {
    call.refuse(`targetShape must be 1 to 3 axes of ${count} elements, got ${JSON.stringify(target)}`);
  }
  return reshaped(call, dims);
}

const pool = (op: 'maxPool' | 'averagePool', isOneDimensional: boolean) => (call: LayerCall) => {
  call.needOption('dataFormat', 'channelsLast');
  const dims = call.needRank(isOneDimensional ? 2 : 3);
  const size = call.pair('poolSize', 2);
  const strides = call.option('strides') === undefined ? size : call.pair('strides', 1);
  const last = (pair: readonly [number, number]): readonly [number, number] => (isOneDimensional ? [1, pair[0]] : pair);
  const { window, places } = windowOf(call, last(size), last(strides), [1, 1]);
  return call.node(op, [...places, dims.at(-1) ?? 0], { window });
};

const globalPool = (op: 'maxPool' | 'averagePool', rank: number) => (call: LayerCall) => {
  call.needOption('dataFormat', 'channelsLast');
  const dims = call.needRank(rank);
  const { height, width, channels } = exampleShape(dims);
  const kernel: readonly [number, number] = [height, width];
  const ones = dims.slice(0, -1).map(() => 1);
  const pooled = call.node(op, [...ones, channels], { window: { ...POINT, kernel } });
  if (call.option('keepDims') === true) return pooled;
  return call.node('reshape', [channels], { inputs: [pooled] });
};

function zeroPadding2d(call: LayerCall): Node {
  const dims = call.needRank(3);
  const given = call.option('padding') ?? 1;
  const [rows, columns = rows] = Array.isArray(given) ? given : [given];
  const sides = (value: unknown) => (Array.isArray(value) ? value : [value, value]) as readonly number[];
  const isFirst = call.option('dataFormat') === 'channelsFirst';
  const none = [0, 0];
  // Of three axes: with channels first the last two are the image's, whatever the model means by them.
  const [height = none, width = none, channels = none] = isFirst
    ? [none, sides(rows), sides(columns)]
    : [sides(rows), sides(columns), none];
  const all = [...height, ...width, ...channels];
  if (all.length !== 6 || !all.every((size) => Number.isInteger(size) && size >= 0)) {
    call.refuse(`padding must be sizes of 0 or more, got ${JSON.stringify(given)}`);
  }
  const [top = 0, bottom = 0, left = 0, right = 0, before = 0, behind = 0] = all;
  const [h = 0, w = 0, c = 0] = dims;
  return call.node('zeroPad', [h + top + bottom, w + left + right, c + before + behind], {
    window: { ...POINT, padding: [top, bottom, left, right] },
    channelPadding: [before, behind],
  });
}

function upSampling2d(call: LayerCall): Node {
  call.needOption('dataFormat', 'channelsLast');
  call.needOption('interpolation', 'nearest');
  const [height = 0, width = 0, channels = 0] = call.needRank(3);
  const kernel = call.pair('size', 2);
  return call.node('upsample', [height * kernel[0], width * kernel[1], channels], { window: { ...POINT, kernel } });
}

function rescaling(call: LayerCall): Node {
  const { channels } = exampleShape(call.input.dims);
  const each = (value: number) => new Float32Array(channels).fill(value);
  return call.scaled(call.input, each(call.number('scale', 1)), each(call.number('offset', 0)));
}

/** Layers without weights that are no activation. */
export const otherLayers = {
  Dropout: identity,
  SpatialDropout1D: identity,
  GaussianNoise: identity,
  GaussianDropout: identity,
  AlphaDropout: identity,
  Add: elementwise('add'),
  Multiply: elementwise('multiply'),
  Maximum: elementwise('maximum'),
  Minimum: elementwise('minimum'),
  Average: average,
  Concatenate: concatenate,
  Flatten: flatten,
  Reshape: reshape,
  MaxPooling1D: pool('maxPool', true),
  MaxPooling2D: pool('maxPool', false),
  AveragePooling1D: pool('averagePool', true),
  AveragePooling2D: pool('averagePool', false),
  GlobalMaxPooling1D: globalPool('maxPool', 2),
  GlobalMaxPooling2D: globalPool('maxPool', 3),
  GlobalAveragePooling1D: globalPool('averagePool', 2),
  GlobalAveragePooling2D: globalPool('averagePool', 3),
  ZeroPadding2D: zeroPadding2d,
  UpSampling2D: upSampling2d,
  Rescaling: rescaling,
} as const;
