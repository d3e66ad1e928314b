import { layerNorm, useFastGradients } from '@winnow/ops';
import { tf } from '@winnow/tensorflow';
import { afterEach, expect, it } from 'vitest';

let restore: (() => void) | undefined;
afterEach(() => {
  restore?.();
  restore = undefined;
  tf.setBackend('tensorflow');
});

/** Output and gradients with respect to the input and all weights of one pass through a layer. */
function pass(make: () => tf.layers.Layer, shape: number[]): tf.Tensor[] {
  const layer = make();
  const x = tf.randomNormal(shape, 0, 2, 'float32', 1);
  const y = layer.apply(x) as tf.Tensor;
  layer.setWeights(layer.getWeights().map((weight, i) => tf.randomNormal(weight.shape, 0.5, 1, 'float32', i + 7)));
  const dy = tf.randomNormal(y.shape, 0, 1, 'float32', 2);
  const variables = layer.trainableWeights.map((weight) => weight.read() as tf.Variable);
  const loss = (input: tf.Tensor) => tf.sum(tf.mul(layer.apply(input) as tf.Tensor, dy)) as tf.Scalar;
  const { grads } =
    variables.length > 0 ? tf.variableGrads(() => loss(x), variables) : { grads: {} as tf.NamedTensorMap };
  return [layer.apply(x) as tf.Tensor, tf.grad(loss)(x), ...variables.map(({ name }) => grads[name] as tf.Tensor)];
}

/** The names of TensorFlow's operations that run. */
function operationsOf(run: () => void): string[] {
  const names: string[] = [];
  const backend = tf.engine().backend as unknown as Record<
    'executeSingleOutput' | 'executeMultipleOutputs',
    (name: string, ...rest: unknown[]) => unknown
  >;
  const methods = ['executeSingleOutput', 'executeMultipleOutputs'] as const;
  for (const method of methods) {
    const stock = backend[method];
    backend[method] = function (name, ...rest) {
      names.push(name);
      return stock.call(this, name, ...rest);
    };
  }
  try {
    run();
  } finally {
    for (const method of methods) delete (backend as Partial<typeof backend>)[method];
  }
  return names;
}

it.each<[string, () => tf.layers.Layer, number[], string]>([
  ['dense', () => tf.layers.dense({ units: 7 }), [9, 5], 'WinnowColumnSums'],
  ['dense over tokens', () => tf.layers.dense({ units: 6, activation: 'relu' }), [3, 4, 5], 'WinnowColumnSums'],
  [
    'dense with gelu',
    () => tf.layers.dense({ units: 6, activation: 'gelu' as 'relu' }),
    [8, 5],
    'WinnowBiasActivation',
  ],
  [
    'dense with gelu_new',
    () => tf.layers.dense({ units: 6, activation: 'gelu_new' as 'relu' }),
    [8, 5],
    'WinnowBiasActivation',
  ],
  ['conv2d', () => tf.layers.conv2d({ filters: 5, kernelSize: 3 }), [4, 7, 6, 3], 'WinnowColumnSums'],
  ['layerNormalization', () => tf.layers.layerNormalization({}), [6, 5, 19], 'WinnowLayerNorm'],
])('%s equals stock tf.layers within rounding', (_, make, shape, kernel) => {
  const stock = pass(make, shape);
  restore = useFastGradients();
  let fast: tf.Tensor[] = [];
  expect(operationsOf(() => (fast = pass(make, shape)))).toContain(kernel);
  expect(fast).toHaveLength(stock.length);
  for (const [i, tensor] of fast.entries()) {
    expect(tensor.shape).toEqual(stock[i]!.shape);
    const difference = tf.max(tf.abs(tf.sub(tensor, stock[i]!))).dataSync()[0];
    expect(difference).toBeLessThan(3e-5);
  }
});

it('leaves alone what the fused kernels do not fit', () => {
  const overAll = () => tf.layers.layerNormalization({ axis: [1, 2] });
  const stock = pass(overAll, [3, 4, 5]);
  restore = useFastGradients();
  const fast = pass(overAll, [3, 4, 5]);
  for (const [i, tensor] of fast.entries()) expect(tensor.dataSync()).toEqual(stock[i]!.dataSync());
  tf.setBackend('cpu');
  expect(pass(() => tf.layers.layerNormalization({}), [3, 4])[0]!.shape).toEqual([3, 4]);
});

it('trains layer normalisation without scale and offset, which stock tf.layers cannot', () => {
  const make = () => tf.layers.layerNormalization({ center: false, scale: false });
  expect(() => pass(make, [6, 8])).toThrow();
  restore = useFastGradients();
  const [y, dx] = pass(make, [6, 8]) as [tf.Tensor, tf.Tensor];
  const x = tf.randomNormal([6, 8], 0, 2, 'float32', 1);
  expect(y.dataSync()).toEqual(layerNorm(x, tf.ones([8]), tf.zeros([8]), 1e-3).dataSync());
  for (const sum of tf.sum(dx, 1).dataSync()) expect(sum).toBeCloseTo(0, 5);
});

it.each<[number[], number | number[] | undefined, boolean, boolean]>([
  [[4, 3], 0, false, true],
  [[4, 3], -2, false, true],
  [[2, 4, 3], [0, 1], false, true],
  [[2, 4, 5, 3], [1, 0, -2], false, true],
  [[4, 0], [0], false, true],
  [[0, 3], [0], false, true],
  [[4, 3], 0, true, false],
  [[4, 3], 1, false, false],
  [[2, 4, 3], 0, false, false],
  [[4, 3], undefined, false, false],
  [[5], 0, false, false],
])('the sum of %o over %o, keepDims %o, is that of stock tfjs; native: %o', (shape, axis, keepDims, isNative) => {
  const x = tf.randomNormal(shape, 0, 1, 'float32', 1);
  const stock = tf.sum(x, axis, keepDims);
  restore = useFastGradients();
  let fast: tf.Tensor = x;
  const names = operationsOf(() => {
    fast = tf.sum(x, axis, keepDims);
  });
  expect(names.includes('WinnowColumnSums')).toBe(isNative);
  expect(fast.shape).toEqual(stock.shape);
  for (const [i, value] of fast.dataSync().entries()) expect(value).toBeCloseTo(stock.dataSync()[i]!, 5);
});

it.each([
  [0, undefined, undefined],
  [0.1, undefined, tf.Reduction.NONE],
  [0.2, [1, 0, 2, 1], tf.Reduction.MEAN],
])('tf.losses.softmaxCrossEntropy, smoothing %d, weights %o, equals stock tfjs', (smoothing, weights, reduction) => {
  const logits = tf.randomNormal([4, 7], 0, 3, 'float32', 1);
  const targets = tf.softmax(tf.randomNormal([4, 7], 0, 1, 'float32', 2));
  const stockLoss = tf.losses.softmaxCrossEntropy;
  const run = () => {
    const loss = (given: tf.Tensor, of: tf.Tensor) =>
      tf.losses.softmaxCrossEntropy(of, given, weights, smoothing, reduction);
    const before = tf.memory().numTensors;
    const value = loss(logits, targets);
    expect(tf.memory().numTensors).toBe(before + 1);
    return [value, ...tf.grads((a: tf.Tensor, b: tf.Tensor) => tf.sum(loss(a, b)))([logits, targets])];
  };
  const stock = run();
  restore = useFastGradients();
  let fast: tf.Tensor[] = [];
  expect(
    operationsOf(() => {
      fast = run();
    }),
  ).toContain('SoftmaxCrossEntropyWithLogits');
  for (const [i, tensor] of fast.entries()) {
    expect(tensor.shape).toEqual(stock[i]!.shape);
    for (const [k, value] of tensor.dataSync().entries()) expect(value).toBeCloseTo(stock[i]!.dataSync()[k]!, 5);
  }
  restore();
  expect(tf.losses.softmaxCrossEntropy).toBe(stockLoss);
});
