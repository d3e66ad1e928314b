/** `train` and `evaluate` on examples of one's own, against stock tfjs and against numbers worked out by hand. */

import { tf } from '@winnow/tensorflow';
import { type Examples, evaluate, type LossName, type TrainOptions, train } from '@winnow/training';
import { describe, expect, it } from 'vitest';
import { dense, expectClose, numbers, perceptron, seeded, twoByTwo, weightsOf } from './own-models.js';

const N = 8;
const x = numbers(3 * N);
const RATE = 0.1;

/** One step on all examples: in a whole batch the order of examples means nothing. */
const oneStep: TrainOptions = {
  epochs: 1,
  batchSize: N,
  momentum: 0,
  learningRate: { kind: 'constant', rate: RATE },
};

type Targets = 'values' | 'shares' | 'bits' | 'signs' | 'classes';
function targets(kind: Targets, units: number): { values: Float32Array; shape: number[] } {
  const noise = numbers(N * units, 1);
  const classOf = (i: number) => (i * 7) % units;
  const make = {
    values: () => noise.map((value) => value + 2),
    bits: () => noise.map((value) => (value > 0 ? 1 : 0)),
    signs: () => noise.map((value) => (value > 0 ? 1 : -1)),
    shares: () => Float32Array.from(noise, (_, i) => (i % units === classOf(Math.floor(i / units)) ? 1 : 0)),
    classes: () => Float32Array.from({ length: N }, (_, i) => classOf(i)),
  };
  return { values: make[kind](), shape: kind === 'classes' ? [N, 1] : [N, units] };
}

const CASES: [loss: LossName, targets: Targets, units: number, activation: string][] = [
  ['meanSquaredError', 'values', 2, 'linear'],
  ['meanAbsoluteError', 'values', 1, 'linear'],
  ['meanAbsolutePercentageError', 'values', 2, 'linear'],
  ['meanSquaredLogarithmicError', 'values', 2, 'softplus'],
  ['squaredHinge', 'signs', 2, 'tanh'],
  ['hinge', 'signs', 1, 'tanh'],
  ['categoricalHinge', 'shares', 3, 'linear'],
  ['logcosh', 'values', 2, 'linear'],
  ['categoricalCrossentropy', 'shares', 4, 'softmax'],
  ['sparseCategoricalCrossentropy', 'classes', 4, 'softmax'],
  ['binaryCrossentropy', 'bits', 1, 'sigmoid'],
  ['binaryCrossentropy', 'bits', 3, 'sigmoid'],
  ['kullbackLeiblerDivergence', 'shares', 3, 'softmax'],
  ['poisson', 'values', 2, 'softplus'],
  ['cosineProximity', 'values', 3, 'linear'],
];

async function stockStep(model: tf.LayersModel, loss: string, y: tf.Tensor, rest: object = {}): Promise<number[]> {
  model.compile({ optimizer: tf.train.sgd(RATE), loss });
  await model.fit(tf.tensor2d(x, [N, 3]), y, { epochs: 1, batchSize: N, shuffle: false, verbose: 0, ...rest });
  return weightsOf(model);
}

describe('the losses of model.compile', () => {
  it.each(CASES)(
    '%s moves the weights as stock fit does, and evaluate agrees',
    async (loss, kind, units, activation) => {
      const { values, shape } = targets(kind, units);
      const y = tf.tensor(values, shape);
      const [ours, stock] = [perceptron(units, { activation }), perceptron(units, { activation })];
      const start = weightsOf(ours);
      stock.compile({ optimizer: 'sgd', loss });
      const expected = (stock.evaluate(tf.tensor2d(x, [N, 3]), y) as tf.Scalar).dataSync()[0]!;
      expectClose([(await evaluate(ours, { x, y }, { loss, batchSize: 3 })).loss], [expected]);
      await train(ours, { x, y: values }, { ...oneStep, loss });
      expect(weightsOf(ours)).not.toEqual(start);
      expectClose(weightsOf(ours), await stockStep(stock, loss, y));
    },
  );

  it('softmaxCrossEntropy on logits is sparse cross-entropy after a softmax; sigmoid likewise', async () => {
    const pairs: [LossName, LossName, Targets, number, string][] = [
      ['softmaxCrossEntropy', 'sparseCategoricalCrossentropy', 'classes', 4, 'softmax'],
      ['sigmoidCrossEntropy', 'binaryCrossentropy', 'bits', 3, 'sigmoid'],
    ];
    for (const [onLogits, onProbabilities, kind, units, activation] of pairs) {
      const { values: y } = targets(kind, units);
      const [logits, probabilities] = [perceptron(units), perceptron(units, { activation })];
      await train(logits, { x, y }, { ...oneStep, loss: onLogits });
      await train(probabilities, { x, y }, { ...oneStep, loss: onProbabilities });
      expectClose(weightsOf(logits), weightsOf(probabilities), 1e-5);
      const accuracy = { batchSize: 3, metrics: ['accuracy'] };
      const got = await evaluate(logits, { x, y }, { loss: onLogits, ...accuracy });
      const expected = await evaluate(probabilities, { x, y }, { loss: onProbabilities, ...accuracy });
      expect(got.metrics).toEqual(expected.metrics);
    }
  });

  it('takes those of a compiled model where none is given, and a function', async () => {
    const [compiled, given] = [perceptron(1), perceptron(1)];
    compiled.compile({ optimizer: 'sgd', loss: 'meanAbsoluteError', metrics: ['mse'] });
    const { values: y } = targets('values', 1);
    await train(compiled, { x, y }, oneStep);
    const absolute = (truth: tf.Tensor, guess: tf.Tensor) => tf.abs(tf.sub(truth, guess));
    await train(given, { x, y }, { ...oneStep, loss: absolute });
    expectClose(weightsOf(given), weightsOf(compiled));
    const { loss, metrics } = await evaluate(compiled, { x, y });
    const squares = await evaluate(compiled, { x, y }, { loss: 'meanSquaredError', metrics: [] });
    expect(metrics).toEqual({ mse: expect.closeTo(squares.loss, 5) });
    expect(loss).not.toBe(squares.loss);
  });
});

describe('weights of examples and classes', () => {
  it('class weights move the weights as stock fit does', async () => {
    const cases: [LossName, Targets, number, string, Record<number, number>][] = [
      ['categoricalCrossentropy', 'shares', 4, 'softmax', { 0: 1, 1: 5, 2: 0.5, 3: 2 }],
      ['sparseCategoricalCrossentropy', 'classes', 4, 'softmax', { 0: 1, 1: 5, 2: 0.5, 3: 2 }],
      ['binaryCrossentropy', 'bits', 1, 'sigmoid', { 0: 1, 1: 7 }],
    ];
    for (const [loss, kind, units, activation, classWeight] of cases) {
      const { values, shape } = targets(kind, units);
      const [ours, stock] = [perceptron(units, { activation }), perceptron(units, { activation })];
      await train(ours, { x, y: values }, { ...oneStep, loss, classWeight });
      expectClose(weightsOf(ours), await stockStep(stock, loss, tf.tensor(values, shape), { classWeight }));
      const plain = perceptron(units, { activation });
      await train(plain, { x, y: values }, { ...oneStep, loss });
      expect(weightsOf(ours)).not.toEqual(weightsOf(plain));
    }
  });

  it('sample weights multiply the losses: a step worked out by hand', async () => {
    // y = w·x without bias from w = 0: the gradient of mean(weight · (w·x − y)²) is −2/n · Σ weight · x · y.
    const line = () =>
      tf.sequential({ layers: [dense(1, 1, { inputShape: [1], useBias: false, kernelInitializer: 'zeros' })] });
    const data: Examples = { x: [[1], [2], [3], [4]], y: [1, 1, 2, 2], sampleWeight: [1, 0, 2, 0.5] };
    const model = line();
    await train(model, data, { ...oneStep, batchSize: 4, loss: 'meanSquaredError' });
    expectClose(weightsOf(model), [(RATE * 2 * (1 * 1 + 0 + 2 * 3 * 2 + 0.5 * 4 * 2)) / 4]);
    const { loss } = await evaluate(line(), data, { loss: 'meanSquaredError' });
    expectClose([loss], [(1 * 1 + 0 + 2 * 4 + 0.5 * 4) / 4]);
  });

  it('a weight for every step of a sequence', async () => {
    const sequence = () =>
      tf.sequential({
        layers: [tf.layers.timeDistributed({ layer: dense(3, 1, { activation: 'softmax' }), inputShape: [2, 3] })],
      });
    const y = Int32Array.from([0, 1, 2, 0, 1, 1, 2, 2]);
    const data = { x: numbers(4 * 2 * 3), y };
    const weights = [1, 0, 1, 0, 1, 0, 1, 0];
    const loss = 'sparseCategoricalCrossentropy';
    const whole = await evaluate(sequence(), { ...data, sampleWeight: tf.tensor2d(weights, [4, 2]) }, { loss });
    const output = sequence().predict(tf.tensor3d(data.x, [4, 2, 3])) as tf.Tensor3D;
    const p = output.arraySync();
    const byHand = p.reduce((sum, steps, i) => sum - Math.log(steps[0]![y[2 * i]!]!), 0) / 8;
    expectClose([whole.loss], [byHand], 1e-5);
    const first = await evaluate(sequence(), { ...data, sampleWeight: [1, 0, 0, 0] }, { loss });
    expectClose([first.loss], [-(Math.log(p[0]![0]![0]!) + Math.log(p[0]![1]![1]!)) / 8], 1e-5);
  });
});

describe('sequences', () => {
  const steps = (activation: string) =>
    tf.sequential({
      layers: [
        tf.layers.simpleRNN({
          units: 4,
          returnSequences: true,
          inputShape: [2, 3],
          kernelInitializer: seeded(1),
          recurrentInitializer: seeded(2),
        }),
        tf.layers.timeDistributed({ layer: dense(3, 3, { activation }) }),
      ],
    });
  const data = { x: numbers(N * 6, 6), y: Int32Array.from({ length: 2 * N }, (_, i) => (i * 5) % 3) };

  it('a class for every step moves the weights as stock fit does', async () => {
    const [softmax, logits, stock] = [steps('softmax'), steps('linear'), steps('softmax')];
    await train(softmax, data, { ...oneStep, loss: 'sparseCategoricalCrossentropy' });
    await train(logits, data, { ...oneStep, loss: 'softmaxCrossEntropy' });
    stock.compile({ optimizer: tf.train.sgd(RATE), loss: 'sparseCategoricalCrossentropy' });
    const y = tf.tensor3d([...data.y], [N, 2, 1]);
    await stock.fit(tf.tensor3d(data.x, [N, 2, 3]), y, { epochs: 1, batchSize: N, shuffle: false, verbose: 0 });
    expectClose(weightsOf(softmax), weightsOf(stock));
    expectClose(weightsOf(logits), weightsOf(stock), 1e-5);
    expect(weightsOf(softmax)).not.toEqual(weightsOf(steps('softmax')));
  });

  it('class weights are by step', async () => {
    const loss = 'softmaxCrossEntropy';
    const [weighted, byStep] = [steps('linear'), steps('linear')];
    await train(weighted, data, { ...oneStep, loss, classWeight: { 0: 3, 2: 0 } });
    const sampleWeight = tf.tensor2d(
      [...data.y].map((label) => [3, 1, 0][label]!),
      [N, 2],
    );
    await train(byStep, { ...data, sampleWeight }, { ...oneStep, loss });
    expectClose(weightsOf(weighted), weightsOf(byStep));
  });
});

describe('several inputs and outputs', () => {
  const a = numbers(N * 3, 2);
  const b = numbers(N * 2, 3);
  const value = numbers(N, 4);
  const kind = Float32Array.from({ length: N }, (_, i) => (i * 3) % 4);

  it('move the weights as stock fit does, given by name or in order', async () => {
    const losses = { value: 'meanSquaredError', kind: 'sparseCategoricalCrossentropy' } as const;
    const [named, listed, stock] = [twoByTwo(), twoByTwo(), twoByTwo()];
    await train(named, { x: { b, a }, y: { kind, value } }, { ...oneStep, loss: losses });
    await train(
      listed,
      { x: [a, tf.tensor2d(b, [N, 2])], y: [value, kind] },
      { ...oneStep, loss: [losses.value, losses.kind] },
    );
    expect(weightsOf(listed)).toEqual(weightsOf(named));
    stock.compile({ optimizer: tf.train.sgd(RATE), loss: losses });
    await stock.fit(
      [tf.tensor2d(a, [N, 3]), tf.tensor2d(b, [N, 2])],
      [tf.tensor2d(value, [N, 1]), tf.tensor2d(kind, [N, 1])],
      {
        epochs: 1,
        batchSize: N,
        shuffle: false,
        verbose: 0,
      },
    );
    expectClose(weightsOf(named), weightsOf(stock));
  });

  it('evaluate gives the losses and metrics of every output; factors and weights are by output', async () => {
    const loss = ['meanSquaredError', 'sparseCategoricalCrossentropy'] as const;
    const data = { x: [a, b], y: [value, kind] };
    const plain = await evaluate(twoByTwo(), data, { loss, metrics: { kind: 'accuracy', value: ['mae'] } });
    expect(Object.keys(plain.metrics)).toEqual(['value_loss', 'value_mae', 'kind_loss', 'kind_accuracy']);
    expectClose([plain.loss], [plain.metrics['value_loss']! + plain.metrics['kind_loss']!]);
    const halved = await evaluate(twoByTwo(), data, { loss, lossWeights: { kind: 0.5 } });
    expectClose([halved.loss], [plain.metrics['value_loss']! + 0.5 * plain.metrics['kind_loss']!]);
    const none = { value: new Float32Array(N) };
    const weighted = await evaluate(twoByTwo(), { ...data, sampleWeight: none }, { loss });
    expect(weighted.metrics['value_loss']).toBe(0);
    expectClose([weighted.loss], [plain.metrics['kind_loss']!]);
  });
});

describe('regularisers and constraints', () => {
  const { values: y } = targets('values', 1);
  it('regularisers are part of the loss, as in stock fit', async () => {
    const rest = {
      kernelRegularizer: tf.regularizers.l2({ l2: 0.3 }),
      biasRegularizer: tf.regularizers.l1({ l1: 0.2 }),
    };
    const [ours, plain, stock] = [perceptron(1, rest), perceptron(1), perceptron(1, rest)];
    let first = 0;
    await train(ours, { x, y }, { ...oneStep, loss: 'meanSquaredError', onStep: ({ loss }) => (first = loss()) });
    await train(plain, { x, y }, { ...oneStep, loss: 'meanSquaredError' });
    expectClose(weightsOf(ours), await stockStep(stock, 'meanSquaredError', tf.tensor2d(y, [N, 1])));
    expect(weightsOf(ours)).not.toEqual(weightsOf(plain));
    const bare = (await evaluate(perceptron(1), { x, y }, { loss: 'meanSquaredError' })).loss;
    const kernel = [...perceptron(1).getWeights()[2]!.dataSync()];
    expectClose([first], [bare + 0.3 * kernel.reduce((sum, w) => sum + w * w, 0)], 1e-5);
  });

  it('those of recurrent cells, wrapped layers and nested models are found, each once', async () => {
    const l2 = () => tf.regularizers.l2({ l2: 1 });
    const shared = tf.sequential({ layers: [dense(2, 1, { inputShape: [3], kernelRegularizer: l2() })] });
    const input = tf.input({ shape: [2, 3] });
    const each = tf.layers.timeDistributed({ layer: shared }).apply(input) as tf.SymbolicTensor;
    const cells = tf.layers.simpleRNN({
      units: 2,
      kernelInitializer: seeded(2),
      recurrentInitializer: seeded(3),
      kernelRegularizer: l2(),
    });
    const once = cells.apply(each) as tf.SymbolicTensor;
    const twice = dense(2, 4, { kernelRegularizer: l2(), name: 'twice' });
    const output = twice.apply(twice.apply(once)) as tf.SymbolicTensor;
    const model = tf.model({ inputs: input, outputs: output });
    const squares = model.weights
      .filter(({ originalName }) => originalName.endsWith('/kernel'))
      .map((weight) => [...weight.read().dataSync()].reduce((sum, w) => sum + w * w, 0));
    expect(squares).toHaveLength(3);
    let loss = 0;
    const zero = (_: tf.Tensor, guess: tf.Tensor) => tf.mul(0, tf.sum(guess, -1));
    const data = { x: numbers(N * 6), y: new Float32Array(N * 2) };
    await train(model, data, { ...oneStep, loss: zero, onStep: (report) => (loss = report.loss()) });
    expectClose([loss], [squares.reduce((sum, value) => sum + value, 0)], 1e-5);
  });

  it('constraints hold after every step', async () => {
    const rest = { kernelConstraint: tf.constraints.maxNorm({ maxValue: 0.5, axis: 0 }) };
    const [ours, plain] = [perceptron(1, rest), perceptron(1)];
    await train(ours, { x, y }, { ...oneStep, loss: 'meanSquaredError' });
    await train(plain, { x, y }, { ...oneStep, loss: 'meanSquaredError' });
    const [constrained, free] = [ours, plain].map((model) => model.getWeights()[2]!.dataSync()) as [
      Float32Array,
      Float32Array,
    ];
    const norm = Math.hypot(...free);
    expect(norm).toBeGreaterThan(0.5);
    expectClose(
      constrained,
      free.map((w) => (w * 0.5) / norm),
      1e-5,
    );
  });
});

describe('metrics', () => {
  const model = () => tf.sequential({ layers: [tf.layers.activation({ activation: 'linear', inputShape: [1] })] });
  it('precision and recall are over all examples, not means over batches', async () => {
    const guesses = [0.9, 0.8, 0.2, 0.7, 0.1, 0.6];
    const truth = [1, 0, 1, 0, 0, 1];
    const names = ['precision', 'recall', 'binaryAccuracy', 'accuracy'];
    const { metrics, examples } = await evaluate(
      model(),
      { x: guesses.map((value) => [value]), y: truth },
      { loss: 'meanSquaredError', metrics: names, batchSize: 4 },
    );
    expect(examples).toBe(6);
    expectClose(Object.values(metrics), [2 / 4, 2 / 3, 3 / 6, 3 / 6]);
    expect(Object.keys(metrics)).toEqual(names);
  });

  it('a function counts every example once, whatever the batches', async () => {
    const values = numbers(7, 5);
    const bias = (truth: tf.Tensor, guess: tf.Tensor) => tf.mean(tf.sub(guess, truth));
    const { metrics } = await evaluate(
      model(),
      { x: values, y: new Float32Array(7) },
      { loss: 'meanSquaredError', metrics: [bias], batchSize: 3 },
    );
    expectClose([metrics['bias']!], [values.reduce((sum, value) => sum + value, 0) / 7]);
  });
});

it('a kernel that two layers share takes one step along its gradient, where stock fit takes two', async () => {
  const [a, b] = ['a', 'b'].map((name, i) => dense(3, i + 1, { name })) as TiedLayer[];
  const model = tf.sequential({ layers: [tf.layers.reLU({ inputShape: [3] }), a!, b!] });
  b!.kernel = a!.kernel;
  b!.trainableWeights = [a!.kernel, ...b!.trainableWeights.slice(1)];
  const y = numbers(3 * N, 1);
  const { grads } = tf.variableGrads(() => {
    const outputs = model.apply(tf.tensor2d(x, [N, 3]), { training: true }) as tf.Tensor;
    return tf.losses.meanSquaredError(tf.tensor2d(y, [N, 3]), outputs);
  });
  const expected = tf.sub(a!.kernel.read(), tf.mul(grads['a/kernel']!, RATE)).dataSync();
  await train(model, { x, y }, { ...oneStep, loss: 'meanSquaredError' });
  expectClose(a!.kernel.read().dataSync(), expected);
});

/** A stock layer whose kernel can be another one's. */
type TiedLayer = tf.layers.Layer & { kernel: tf.LayerVariable };
