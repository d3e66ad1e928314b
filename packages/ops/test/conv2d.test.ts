import { readFileSync } from 'node:fs';
import { type Conv2dOptions, conv2d } from '@winnow/ops';
import { tf } from '@winnow/tensorflow';
import { describe, expect, it } from 'vitest';
import { onEveryBackend } from './backends.js';

type Shape = [number, number, number, number];

type Golden = { name: string; options: { strides: number; pad: number; dilations: number; groups: number } } & Record<
  'x' | 'filter' | 'mask' | 'dy' | 'y' | 'dx' | 'dfilter',
  { shape: Shape; values: number[] }
>;
/** Made by `golden/conv2d.py`. */
const golden = JSON.parse(readFileSync(new URL('./golden/conv2d.json', import.meta.url), 'utf8')) as {
  cases: Golden[];
};

const normal = (shape: Shape, seed: number) => tf.randomNormal<tf.Rank.R4>(shape, 0, 1, 'float32', seed);

/** The largest difference, relative to the largest expected magnitude. */
function distance(actual: tf.Tensor, expected: tf.Tensor): number {
  expect(actual.shape).toEqual(expected.shape);
  if (expected.size === 0) return 0;
  return tf.tidy(() => {
    const largest = tf.max(tf.abs(expected)).dataSync()[0] as number;
    return (tf.max(tf.abs(tf.sub(actual, expected))).dataSync()[0] as number) / Math.max(largest, 1e-30);
  });
}

const pair = (value: number | readonly [number, number] = 1) =>
  typeof value === 'number' ? [value, value] : [...value];

/** The same with `tf.conv2d` alone: zeros put around x, groups cut apart. */
function stock(x: tf.Tensor4D, filter: tf.Tensor4D, options: Conv2dOptions): tf.Tensor4D {
  const { pad = 'valid', groups = 1 } = options;
  const [strides, dilations] = [pair(options.strides), pair(options.dilations)] as [[number, number], [number, number]];
  const sides =
    typeof pad === 'number'
      ? ([
          [pad, pad],
          [pad, pad],
        ] as const)
      : pad;
  const padded =
    typeof sides === 'string'
      ? x
      : (tf.pad(x, [[0, 0], [...sides[0]], [...sides[1]], [0, 0]] as [number, number][]) as tf.Tensor4D);
  // A split into one part has no gradient in tfjs.
  const parts = (tensor: tf.Tensor4D): tf.Tensor4D[] => (groups === 1 ? [tensor] : tf.split(tensor, groups, 3));
  const filters = parts(filter);
  const named = typeof pad === 'string' ? pad : 'valid';
  // TensorFlow's own kernels know no gradient of dilated convolutions: taps with zeros between them are the same.
  const spread = (weights: tf.Tensor4D) => dilate(weights, dilations);
  const ys = parts(padded).map((part, i) => tf.conv2d(part, spread(filters[i]!), strides, named));
  return groups === 1 ? ys[0]! : tf.concat(ys, 3);
}

function dilate(filter: tf.Tensor4D, dilations: readonly [number, number]): tf.Tensor4D {
  let result: tf.Tensor4D = filter;
  for (const axis of [0, 1] as const) {
    if (result.shape[axis] === 1 || dilations[axis] === 1) continue;
    const taps = tf.split(result, result.shape[axis], axis);
    const zeros = result.shape.map((size, i) => (i === axis ? dilations[axis] - 1 : size)) as Shape;
    const between = taps.flatMap((tap, i) => (i === 0 ? [tap] : [tf.zeros(zeros), tap]));
    result = tf.concat(between, axis) as tf.Tensor4D;
  }
  return result;
}

interface Case {
  name: string;
  x: Shape;
  filter: Shape;
  options: Conv2dOptions;
}

const CASES: readonly Case[] = [
  { name: "Winograd's", x: [2, 8, 8, 16], filter: [3, 3, 16, 32], options: { pad: 'same' } },
  { name: "Winograd's, odd", x: [1, 5, 7, 32], filter: [3, 3, 32, 16], options: { pad: 1 } },
  { name: "Winograd's, tiny", x: [3, 1, 2, 16], filter: [3, 3, 16, 16], options: { pad: 'same' } },
  { name: 'plain', x: [2, 6, 5, 3], filter: [3, 3, 3, 4], options: {} },
  { name: '1×1', x: [2, 5, 4, 7], filter: [1, 1, 7, 9], options: {} },
  { name: '1×1 with strides', x: [2, 7, 8, 16], filter: [1, 1, 16, 32], options: { strides: 2, pad: 'same' } },
  { name: '5×5', x: [1, 9, 8, 3], filter: [5, 5, 3, 6], options: { pad: 'same' } },
  { name: '7×7 with strides', x: [1, 13, 11, 3], filter: [7, 7, 3, 20], options: { strides: 2, pad: 'same' } },
  { name: 'strides that differ', x: [2, 9, 8, 4], filter: [3, 2, 4, 5], options: { strides: [3, 2], pad: 'same' } },
  { name: 'strides beyond the kernel', x: [1, 9, 10, 2], filter: [2, 2, 2, 3], options: { strides: 4 } },
  { name: 'dilations', x: [1, 10, 12, 3], filter: [3, 3, 3, 4], options: { dilations: [2, 3], pad: 'same' } },
  {
    name: 'uneven padding',
    x: [2, 6, 7, 3],
    filter: [3, 3, 3, 4],
    options: {
      pad: [
        [0, 2],
        [3, 1],
      ],
      strides: 2,
    },
  },
  { name: 'a filter larger than x', x: [1, 3, 2, 2], filter: [7, 5, 2, 3], options: { pad: 'same' } },
  { name: 'groups', x: [2, 6, 5, 12], filter: [3, 3, 4, 18], options: { groups: 3, pad: 'same' } },
  { name: 'groups with strides', x: [1, 7, 7, 8], filter: [3, 3, 4, 6], options: { groups: 2, strides: 2, pad: 1 } },
  { name: 'depthwise', x: [2, 6, 6, 19], filter: [3, 3, 1, 19], options: { groups: 19, pad: 'same' } },
  { name: 'depthwise, several', x: [1, 6, 6, 4], filter: [3, 3, 1, 12], options: { groups: 4, strides: 2, pad: 1 } },
  { name: 'no images', x: [0, 8, 8, 16], filter: [3, 3, 16, 32], options: { pad: 'same' } },
];

onEveryBackend('conv2d', () => {
  it.each(CASES)('equals tf.conv2d and its gradients: $name', ({ x: shape, filter: filterShape, options }) => {
    const [x, filter] = [normal(shape, 1), normal(filterShape, 2)];
    const ours = (a: tf.Tensor, b: tf.Tensor) => conv2d(a as tf.Tensor4D, b as tf.Tensor4D, options);
    const plain = (a: tf.Tensor, b: tf.Tensor) => stock(a as tf.Tensor4D, b as tf.Tensor4D, options);
    const y = ours(x, filter);
    if (shape[0] === 0) {
      expect(y.shape).toEqual([0, 8, 8, 32]);
      const [dx, dfilter] = tf.grads(ours)([x, filter]) as [tf.Tensor, tf.Tensor];
      expect(dx.shape).toEqual(shape);
      expect(dfilter.abs().max().dataSync()[0]).toBe(0);
      return;
    }
    expect(distance(y, plain(x, filter))).toBeLessThan(2e-6);
    const dy = normal(y.shape, 3);
    const expected = tf.grads(plain)([x, filter], dy);
    for (const [i, gradient] of tf.grads(ours)([x, filter], dy).entries()) {
      expect(distance(gradient, expected[i] as tf.Tensor)).toBeLessThan(2e-6);
    }
  });

  it.each(CASES)('equals tf.conv2d with a sparse filter, and the gradients of its weights: $name', (one) => {
    const x = normal(one.x, 1);
    const mask = tf.cast(tf.less(tf.randomUniform(one.filter, 0, 1, 'float32', 4), 0.3), 'float32');
    const filter = tf.mul(normal(one.filter, 2), mask);
    const options = { ...one.options, execution: 'sparse', filterGradient: 'kept' } as const;
    const ours = (a: tf.Tensor, b: tf.Tensor) => conv2d(a as tf.Tensor4D, b as tf.Tensor4D, options);
    const plain = (a: tf.Tensor, b: tf.Tensor) => stock(a as tf.Tensor4D, b as tf.Tensor4D, one.options);
    const y = ours(x, filter);
    const dy = normal(y.shape as Shape, 3);
    const [dx, dfilter] = tf.grads(ours)([x, filter], dy) as [tf.Tensor, tf.Tensor];
    if (one.x[0] === 0) {
      expect(dx.shape).toEqual(one.x);
      expect(dfilter.abs().max().dataSync()[0]).toBe(0);
      return;
    }
    expect(distance(y, plain(x, filter))).toBeLessThan(2e-6);
    const [plainDx, plainDfilter] = tf.grads(plain)([x, filter], dy) as [tf.Tensor, tf.Tensor];
    expect(distance(dx, plainDx)).toBeLessThan(2e-6);
    expect(distance(dfilter, tf.mul(plainDfilter, mask))).toBeLessThan(2e-6);
  });

  it.each(['bool', 'float32'] as const)('keeps what a mask keeps, weights that are 0 as well: %s', (dtype) => {
    const [x, dy] = [normal([17, 5, 5, 4], 1), normal([17, 5, 5, 6], 3)];
    const mask = tf.cast(tf.less(tf.randomUniform([3, 3, 4, 6], 0, 1, 'float32', 4), 0.3), dtype);
    // Half of the kept weights have just grown: they are 0.
    const grown = tf.less(tf.randomUniform([3, 3, 4, 6], 0, 1, 'float32', 5), 0.5);
    const filter = tf.mul(normal([3, 3, 4, 6], 2), tf.cast(tf.logicalAnd(tf.cast(mask, 'bool'), grown), 'float32'));
    const before = tf.memory().numTensors;
    const run = (a: tf.Tensor, b: tf.Tensor) =>
      conv2d(a as tf.Tensor4D, b as tf.Tensor4D, { pad: 'same', execution: 'sparse', mask });
    const [dx, dfilter] = tf.grads(run)([x, filter], dy) as [tf.Tensor, tf.Tensor];
    expect(tf.memory().numTensors).toBe(before + 2);
    const plain = (a: tf.Tensor, b: tf.Tensor) => stock(a as tf.Tensor4D, b as tf.Tensor4D, { pad: 'same' });
    const [plainDx, plainDfilter] = tf.grads(plain)([x, filter], dy) as [tf.Tensor, tf.Tensor];
    expect(distance(dx, plainDx)).toBeLessThan(2e-6);
    expect(distance(dfilter, tf.mul(plainDfilter, tf.cast(mask, 'float32')))).toBeLessThan(2e-6);
    for (const share of [0, 1]) {
      const all = tf.cast(tf.fill([3, 3, 4, 6], share), dtype);
      const of = tf.grad((b: tf.Tensor) => conv2d(x, b as tf.Tensor4D, { pad: 'same', mask: all }))(filter, dy);
      expect(distance(of, tf.mul(plainDfilter, share))).toBeLessThan(2e-6);
    }
  });

  it.each(golden.cases)("equals PyTorch's masked convolution and its gradients: $name", ({ options, ...tensors }) => {
    const [x, filter, mask, dy, y, dx, dfilter] = (['x', 'filter', 'mask', 'dy', 'y', 'dx', 'dfilter'] as const).map(
      (name) => tf.tensor4d(tensors[name].values, tensors[name].shape),
    ) as [tf.Tensor4D, tf.Tensor4D, tf.Tensor4D, tf.Tensor4D, tf.Tensor4D, tf.Tensor4D, tf.Tensor4D];
    for (const execution of ['dense', 'sparse'] as const) {
      const run = (a: tf.Tensor, b: tf.Tensor) =>
        conv2d(a as tf.Tensor4D, b as tf.Tensor4D, { ...options, execution, mask });
      expect(distance(run(x, filter), y)).toBeLessThan(1e-5);
      const [ourDx, ourDfilter] = tf.grads(run)([x, filter], dy) as [tf.Tensor, tf.Tensor];
      expect(distance(ourDx, dx)).toBeLessThan(1e-5);
      // Kept weights that are 0 as well, and no others.
      expect(distance(ourDfilter, dfilter)).toBeLessThan(1e-5);
      expect(tf.any(tf.logicalAnd(tf.notEqual(ourDfilter, 0), tf.equal(mask, 0))).dataSync()[0]).toBe(0);
    }
  });

  it('asks for no gradient of a mask that is made from the weights', () => {
    const [x, filter] = [normal([16, 4, 4, 2], 1), normal([1, 1, 2, 3], 2)];
    const run = (b: tf.Tensor) => conv2d(x, b as tf.Tensor4D, { mask: tf.relu(b) });
    const expected = tf.mul(tf.grad((b: tf.Tensor) => stock(x, b as tf.Tensor4D, {}))(filter), tf.step(filter));
    expect(distance(tf.grad(run)(filter), expected)).toBeLessThan(2e-6);
  });

  it('leaves no tensor behind', () => {
    const x = normal([1, 4, 4, 16], 1);
    const filter = normal([3, 3, 16, 16], 2);
    const dy = normal([1, 2, 2, 16], 3);
    const before = tf.memory().numTensors;
    const ours = (a: tf.Tensor, b: tf.Tensor) => conv2d(a as tf.Tensor4D, b as tf.Tensor4D, { strides: 2, pad: 1 });
    const gradients = tf.grads(ours)([x, filter], dy);
    expect(tf.memory().numTensors).toBe(before + 2);
    tf.dispose(gradients);
  });

  const x = () => tf.zeros<tf.Rank.R4>([1, 4, 4, 16]);
  const filter = () => tf.zeros<tf.Rank.R4>([3, 3, 16, 8]);

  it('names the tensor that is wrong', () => {
    expect(() => conv2d(x(), tf.zeros([3, 3, 32, 16]))).toThrow(
      new RangeError("conv2d: x must have the filter's 32 input channels, got [1,4,4,16]"),
    );
    expect(() => conv2d(tf.zeros([4, 4, 16]) as unknown as tf.Tensor4D, filter())).toThrow(
      new RangeError('conv2d: x must have rank 4, got [4,4,16]'),
    );
    expect(() => conv2d(x().toInt(), filter())).toThrow(new TypeError('conv2d: x must be float32, got int32'));
    expect(() => conv2d(x(), undefined as unknown as tf.Tensor4D)).toThrow(
      new TypeError('conv2d: filter must be a tensor, got undefined'),
    );
    expect(() => conv2d(x(), tf.zeros([0, 3, 16, 8]))).toThrow(
      new RangeError('conv2d: filter must have at least one element, got [0,3,16,8]'),
    );
    expect(() => conv2d(x(), tf.zeros([3, 7, 16, 8]), { pad: 1 })).toThrow(
      new RangeError('conv2d: filter, dilated, must fit x with its padding, whose width is 6, got a width of 7'),
    );
  });

  it.each([
    [{ strides: 0 }, new RangeError('conv2d: strides must be an integer in [1, 2147483647], got 0')],
    [{ strides: [1, 1.5] }, new RangeError('conv2d: strides[1] must be an integer in [1, 2147483647], got 1.5')],
    [{ strides: [1, 1, 1] }, new TypeError('conv2d: strides must be a number, got [1,1,1]')],
    [{ dilations: '2' }, new TypeError("conv2d: dilations must be a number, got '2'")],
    [{ dilations: 2 ** 31 }, new RangeError('conv2d: dilations must be an integer in [1, 2147483647], got 2147483648')],
    [{ pad: -1 }, new RangeError('conv2d: pad must be an integer in [0, 2147483647], got -1')],
    [
      {
        pad: [
          [0, 1],
          [NaN, 0],
        ],
      },
      new RangeError('conv2d: pad[1][0] must be an integer in [0, 2147483647], got NaN'),
    ],
    [
      { pad: 'full' },
      new TypeError("conv2d: pad must be 'valid', 'same', a number or [[top, bottom], [left, right]], got 'full'"),
    ],
    [{ execution: 'fast' }, new RangeError("conv2d: execution must be one of 'auto', 'dense', 'sparse', got 'fast'")],
    [{ filterGradient: true }, new RangeError("conv2d: filterGradient must be one of 'dense', 'kept', got true")],
    [{ mask: [1] }, new TypeError('conv2d: mask must be a tensor, got 1')],
    [{ mask: tf.zeros([3, 3, 16, 8], 'int32') }, new TypeError('conv2d: mask must be bool or float32, got int32')],
    [
      { mask: tf.zeros([3, 3, 16, 16]) },
      new RangeError("conv2d: mask must have the filter's shape [3,3,16,8], got [3,3,16,16]"),
    ],
    [
      { mask: tf.zeros([3, 3, 16, 8]), filterGradient: 'dense' },
      new RangeError("conv2d: filterGradient must be 'kept' with a mask, got 'dense'"),
    ],
    [{ groups: 3 }, new RangeError("conv2d: groups must divide the filter's 8 outputs, got 3")],
    [{ groups: 2 }, new RangeError("conv2d: x must have the filter's 32 input channels, got [1,4,4,16]")],
  ])('names the option that is wrong: %o', (options, error) => {
    expect(() => conv2d(x(), filter(), options as unknown as Conv2dOptions)).toThrow(error);
  });
});

describe('WinnowConv2d, called past our checks', () => {
  it('refuses what does not fit, in TensorFlow as well', () => {
    tf.setBackend('tensorflow');
    const geometry = { strides: [1, 1], padding: [1, 1, 1, 1], dilations: [1, 1], groups: 1 };
    const run = (name: string, inputs: tf.NamedTensorMap, attributes: object) =>
      tf.engine().runKernel(name, inputs, { ...geometry, ...attributes });
    const [x, filter] = [tf.zeros([1, 4, 4, 16]), tf.zeros([3, 3, 16, 8])];
    expect(() => run('WinnowConv2d', { x, filter }, { groups: 3 })).toThrow(
      new RangeError('conv2d: groups must divide inChannels, 16, got 3'),
    );
    expect(() => run('WinnowConv2d', { x, filter }, { groups: 2 })).toThrow(/filter must have shape \[3,3,8,8\]/);
    expect(() => run('WinnowConv2d', { x, filter }, { strides: [0, 1] })).toThrow(/strideHeight must be in \[1, /);
    expect(() => run('WinnowConv2d', { x, filter }, { strides: [1] })).toThrow(/strides must have 2 numbers, got 1/);
    expect(() => run('WinnowConv2dInputGrad', { filter, dy: tf.zeros([1, 4, 4, 8]) }, { rest: [-9, 0] })).toThrow(
      new RangeError('conv2d: inHeight must be in [0, 2147483647], got -5'),
    );
    expect(() => run('WinnowConv2dInputGrad', { filter, dy: tf.zeros([1, 4, 4, 8]) }, { rest: [1, 0] })).toThrow(
      /dy must have shape \[1,5,4,8\], got \[1,4,4,8\]/,
    );
    const kept = (inputs: tf.NamedTensorMap) =>
      run('WinnowConv2dKeptFilterGrad', { x, dy: tf.zeros([1, 4, 4, 8]), mask: filter, ...inputs }, {}) as tf.Tensor;
    expect(kept({}).shape).toEqual([3, 3, 16, 8]);
    expect(() => kept({ mask: tf.zeros([3, 3, 16, 4]) })).toThrow(/mask must have shape \[3,3,16,8\]/);
    expect(() => kept({ mask: tf.zeros([3, 16, 8]) })).toThrow(/mask must have rank 4, got 3/);
    expect(() => kept({ origin: tf.zeros([3, 3, 16]) })).toThrow(/origin must have shape \[3,3,16,8\]/);
    expect(() => run('WinnowConv2dFilterGrad', { x, dy: tf.zeros([1, 4, 4, 8]) }, { kernel: [2, 3] })).toThrow(
      /dy must have shape \[1,5,4,8\], got \[1,4,4,8\]/,
    );
  });
});
