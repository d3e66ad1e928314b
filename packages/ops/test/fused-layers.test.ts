import { useFastGradients } from '@winnow/ops';
import { tf } from '@winnow/tensorflow';
import { afterEach, expect, it } from 'vitest';

/** Whole models of stock tf.layers with useFastGradients against the same without. */
let restore: (() => void) | undefined;
afterEach(() => {
  restore?.();
  restore = undefined;
});

const SHAPE = [8, 8, 16] as const;
let names = 0;
const unique = (name: string) => `${name}_${names++}`;
const conv = (x: tf.SymbolicTensor, filters = 16, useBias = false) =>
  tf.layers
    .conv2d({
      filters,
      kernelSize: 3,
      padding: 'same',
      useBias,
      kernelInitializer: tf.initializers.heNormal({ seed: filters }),
      name: unique('conv'),
    })
    .apply(x) as tf.SymbolicTensor;
const norm = (x: tf.SymbolicTensor) =>
  tf.layers.batchNormalization({ name: unique('norm') }).apply(x) as tf.SymbolicTensor;
const relu = (x: tf.SymbolicTensor) => tf.layers.reLU({ name: unique('relu') }).apply(x) as tf.SymbolicTensor;
const add = (a: tf.SymbolicTensor, b: tf.SymbolicTensor) =>
  tf.layers.add({ name: unique('add') }).apply([a, b]) as tf.SymbolicTensor;

/** From the input to the model's outputs. */
const networks: Record<string, (x: tf.SymbolicTensor) => tf.SymbolicTensor[]> = {
  'pre-activation blocks': (input) => {
    let x = conv(input);
    for (let i = 0; i < 3; i++) x = add(x, conv(relu(norm(conv(relu(norm(x)))))));
    return [relu(norm(x))];
  },
  'post-activation blocks, the sum either way round': (input) => {
    let x = relu(norm(conv(input)));
    x = relu(add(x, norm(conv(relu(norm(conv(x)))))));
    return [relu(add(norm(conv(x)), x))];
  },
  'two BatchNorms that meet in a sum': (input) => [relu(add(norm(conv(input)), norm(conv(input))))],
  'a BatchNorm that others read, too': (input) => {
    const normalised = norm(conv(input));
    return [add(relu(normalised), normalised)];
  },
  'a BatchNorm whose output is the model’s': (input) => {
    const normalised = norm(conv(input));
    return [relu(normalised), normalised];
  },
  'a sum that is the model’s output': (input) => {
    const sum = add(input, norm(conv(input)));
    return [relu(sum), sum];
  },
  'a shortcut around two BatchNorms of one tensor': (input) => {
    const x = conv(input);
    return [add(add(x, conv(relu(norm(x)))), conv(relu(norm(x))))];
  },
  'activation layers, clipped ReLU, another activation': (input) => {
    let x = tf.layers.activation({ activation: 'relu', name: unique('activation') }).apply(norm(conv(input)));
    x = tf.layers.reLU({ maxValue: 0.5, name: unique('clipped') }).apply(norm(conv(x as tf.SymbolicTensor)));
    x = tf.layers.activation({ activation: 'tanh', name: unique('tanh') }).apply(norm(x as tf.SymbolicTensor));
    return [x as tf.SymbolicTensor];
  },
  'a layer that is used twice': (input) => {
    const shared = tf.layers.batchNormalization({ name: unique('shared') });
    const use = (x: tf.SymbolicTensor) => relu(shared.apply(x) as tf.SymbolicTensor);
    return [use(conv(use(conv(input))))];
  },
  'convolutions of other kinds, bias and activation': (input) => {
    const layer = tf.layers.conv2d({
      filters: 32,
      kernelSize: 3,
      padding: 'same',
      activation: 'relu',
      biasInitializer: 'ones',
      kernelInitializer: tf.initializers.heNormal({ seed: 1 }),
      name: unique('conv'),
    });
    return [conv(conv(conv(layer.apply(input) as tf.SymbolicTensor, 8), 24), 16, true)];
  },
  'a nested model': (input) => {
    const inner = tf.input({ shape: [...SHAPE] });
    const model = tf.model({ inputs: inner, outputs: relu(norm(conv(inner))), name: unique('inner') });
    return [relu(norm(conv(model.apply(input) as tf.SymbolicTensor)))];
  },
};

function build(network: (x: tf.SymbolicTensor) => tf.SymbolicTensor[]): tf.LayersModel {
  const input = tf.input({ shape: [...SHAPE] });
  const model = tf.model({ inputs: input, outputs: network(input) });
  const weights = model
    .getWeights()
    .map((weight, i) => (weight.rank === 1 ? tf.randomUniform(weight.shape, 0.5, 1.5, 'float32', i + 1) : weight));
  model.setWeights(weights);
  return model;
}

/** Outputs, gradients of input and weights, and all weights after it, of one training pass. */
function pass(model: tf.LayersModel): tf.Tensor[] {
  const start = model.getWeights().map((weight) => weight.clone());
  const x = tf.variable(tf.randomNormal([4, ...SHAPE], 0, 1, 'float32', 5));
  const variables = [x, ...model.trainableWeights.map((weight) => weight.read() as tf.Variable)];
  const { value, grads } = tf.variableGrads(() => {
    const outputs = [model.apply(x, { training: true }) as tf.Tensor | tf.Tensor[]].flat();
    return tf.addN(outputs.map((output, i) => tf.mean(tf.square(tf.sub(output, i + 1))))) as tf.Scalar;
  }, variables);
  const moved = model.getWeights().map((weight) => weight.clone());
  model.setWeights(start);
  return [value, ...variables.map(({ name }) => grads[name] as tf.Tensor), ...moved];
}

function expectEqual(actual: readonly tf.Tensor[], expected: readonly tf.Tensor[]): void {
  expect(actual).toHaveLength(expected.length);
  for (const [i, tensor] of actual.entries()) {
    const reference = expected[i] as tf.Tensor;
    const largest = Math.max(1e-3, tf.max(tf.abs(reference)).dataSync()[0] as number);
    expect((tf.max(tf.abs(tf.sub(tensor, reference))).dataSync()[0] as number) / largest).toBeLessThan(2e-4);
  }
}

it.each(Object.keys(networks))('trains as stock tf.layers does: %s', (name) => {
  const model = build(networks[name]!);
  const stock = pass(model);
  restore = useFastGradients();
  expectEqual(pass(model), stock);
});

it.each(['pre-activation blocks', 'post-activation blocks, the sum either way round'])(
  'fits as stock does: %s',
  async (name) => {
    const x = tf.randomNormal([8, ...SHAPE], 0, 1, 'float32', 1);
    const y = tf.randomNormal([8, ...SHAPE], 0, 1, 'float32', 2);
    const model = build(networks[name]!);
    model.compile({ optimizer: tf.train.sgd(0.01), loss: 'meanSquaredError' });
    const start = model.getWeights().map((weight) => weight.clone());
    const fit = async () => {
      model.setWeights(start);
      const { history } = await model.fit(x, y, { epochs: 2, batchSize: 4, shuffle: false, verbose: 0 });
      return [tf.tensor1d(history['loss'] as number[]), ...model.getWeights().map((weight) => weight.clone())];
    };
    const stock = await fit();
    restore = useFastGradients();
    expectEqual(await fit(), stock);
  },
);

it('fuses: the layers in between leave their work to the activation', () => {
  const model = build(networks['post-activation blocks, the sum either way round']!);
  restore = useFastGradients();
  const x = tf.zeros([1, ...SHAPE]);
  const kernelNames = kernelsOf(() => model.apply(x, { training: true }));
  expect(kernelNames.filter((name) => name === 'WinnowBatchNorm')).toHaveLength(4);
  expect(kernelNames).not.toContain('Relu');
  expect(kernelNames).not.toContain('Add');
});

function kernelsOf(run: () => unknown): string[] {
  const kernelNames: string[] = [];
  const engine = tf.engine() as unknown as { runKernel: (name: string, ...rest: unknown[]) => unknown };
  const stock = engine.runKernel;
  engine.runKernel = function (this: unknown, name: string, ...rest: unknown[]) {
    kernelNames.push(name);
    return stock.call(this, name, ...rest);
  };
  try {
    run();
  } finally {
    engine.runKernel = stock;
  }
  return kernelNames;
}

it('predicts as before, and training leaves no tensor behind', () => {
  const model = build(networks['pre-activation blocks']!);
  const x = tf.randomNormal([2, ...SHAPE], 0, 1, 'float32', 1);
  const stock = model.predict(x) as tf.Tensor;
  restore = useFastGradients();
  expectEqual([model.predict(x) as tf.Tensor], [stock]);
  tf.dispose(pass(model));
  const before = tf.memory().numTensors;
  const variables = model.trainableWeights.map((weight) => weight.read() as tf.Variable);
  tf.dispose(tf.variableGrads(() => tf.sum(model.apply(x, { training: true }) as tf.Tensor) as tf.Scalar, variables));
  expect(tf.memory().numTensors).toBe(before);
});
