/**
 * What `train` and `evaluate` cannot do is refused by name before the first step; heads with an activation train right.
 */

import { setTransform } from '@winnow/baselines';
import { makeSynthetic } from '@winnow/data';
import { applyTransform } from '@winnow/models';
import { tf } from '@winnow/tensorflow';
import { evaluate, type TrainOptions, train } from '@winnow/training';
import { describe, expect, it } from 'vitest';
import { dense, numbers, perceptron, twoByTwo, weightsOf } from './own-models.js';

const N = 8;
const x = numbers(3 * N);
const y = numbers(N, 1);
const options: TrainOptions = {
  epochs: 1,
  batchSize: 4,
  learningRate: { kind: 'constant', rate: 0.1 },
  loss: 'meanSquaredError',
};
const { train: images, test } = makeSynthetic({ classes: 4, height: 8, width: 8, train: 64, test: 32, seed: 1 });

function classifier(units: number, rest: object = {}): tf.LayersModel {
  return tf.sequential({ layers: [tf.layers.flatten({ inputShape: [8, 8, 1] }), dense(units, 1, rest)] });
}

/** Promises that a call is refused with a message, with nothing run and no weight changed. */
async function refused(model: tf.LayersModel, call: () => Promise<unknown>, message: string): Promise<void> {
  const before = weightsOf(model);
  await expect(call()).rejects.toThrow(message);
  expect(weightsOf(model)).toEqual(before);
}

describe('what cannot be trained', () => {
  const { layers } = tf;
  type Case = [name: string, shape: number[], make: () => tf.layers.Layer, why: string];
  const cases: Case[] = [
    ['conv1d', [9, 2], () => layers.conv1d({ filters: 2, kernelSize: 3, dilationRate: 2 }), 'Conv1D with dilation'],
    ['conv2d', [7, 7, 2], () => layers.conv2d({ filters: 2, kernelSize: 3, dilationRate: [1, 2] }), 'Conv2D with dil'],
    ['conv3d', [5, 5, 5, 1], () => layers.conv3d({ filters: 2, kernelSize: 3, dilationRate: 2 } as never), 'Conv3D w'],
    ['sep', [7, 7, 2], () => layers.separableConv2d({ filters: 2, kernelSize: 3, dilationRate: 2 }), 'SeparableConv'],
    ['lstm', [2, 7, 7, 1], () => layers.convLstm2d({ filters: 2, kernelSize: 3, dilationRate: 2 }), 'ConvLSTM2D with'],
    ['up', [3, 3, 3, 1], () => layers.conv3dTranspose({ filters: 2, kernelSize: 3 }), 'Conv3DTranspose;'],
  ];

  it.each(cases)('%s is refused by name before the first step, and trains frozen', async (name, shape, make, why) => {
    const data = { x: numbers(N * shape.reduce((a, b) => a * b)), y };
    for (const [trainable, before] of [
      [true, false],
      [false, true],
      [false, false],
    ]) {
      const layer = make();
      layer.name = name;
      layer.trainable = trainable as boolean;
      const first = before
        ? dense(shape.at(-1)!, 1, { inputShape: shape })
        : layers.dropout({ rate: 0, inputShape: shape });
      const model = tf.sequential({ layers: [first, layer, layers.flatten(), dense(1, 2)] });
      if (trainable || before) {
        const message = `train: layer '${name}' cannot be trained: tfjs has no gradient of ${why}`;
        await refused(model, () => train(model, data, options), message);
      } else await train(model, data, options);
    }
  });

  it('a dilated layer within a nested model or TimeDistributed is refused; a depthwise one trains', async () => {
    const dilated = layers.conv1d({ filters: 2, kernelSize: 2, dilationRate: 2, inputShape: [4, 3], name: 'wide' });
    const inner = tf.sequential({ name: 'inner', layers: [dilated] });
    const nested = tf.sequential({ layers: [inner, layers.flatten(), dense(1, 2)] });
    const data = { x: numbers(N * 12), y };
    await refused(nested, () => train(nested, data, options), "train: layer 'inner/wide' cannot be trained");
    const layer = layers.conv1d({ filters: 2, kernelSize: 2, dilationRate: 2 });
    const each = layers.timeDistributed({ layer, inputShape: [2, 4, 3], name: 'each' });
    const wrapped = tf.sequential({ layers: [each, layers.flatten(), dense(1, 2)] });
    const call = () => train(wrapped, { x: numbers(N * 24), y }, options);
    await refused(wrapped, call, "train: layer 'each' cannot be trained");
    const depthwise = layers.depthwiseConv2d({ kernelSize: 2, dilationRate: 2, inputShape: [4, 3, 1] } as never);
    await train(tf.sequential({ layers: [depthwise, layers.flatten(), dense(1, 2)] }), data, options);
  });

  it('a dilated layer is refused for image splits, too', async () => {
    const conv = layers.conv2d({ filters: 2, kernelSize: 3, dilationRate: 2, inputShape: [8, 8, 1], name: 'wide' });
    const model = tf.sequential({ layers: [conv, layers.flatten(), dense(4, 2)] });
    const call = () => train(model, images, { epochs: 1, batchSize: 16, learningRate: options.learningRate });
    await refused(model, call, "train: layer 'wide' cannot be trained");
  });

  it('a model with nothing to train is refused', async () => {
    const frozen = perceptron(1);
    frozen.trainable = false;
    const empty = tf.sequential({ layers: [layers.dropout({ rate: 0.5, inputShape: [1] })] });
    const message = 'train: model must have a variable to train, and has none: is all of it frozen?';
    await refused(frozen, () => train(frozen, { x, y }, options), message);
    await refused(empty, () => train(empty, { x: y, y }, options), message);
  });
});

describe('image splits', () => {
  const imageOptions: TrainOptions = {
    epochs: 6,
    batchSize: 16,
    learningRate: { kind: 'constant', rate: 0.1 },
  };

  it('a softmax head trains as well as logits do', async () => {
    const [logits, softmax] = [classifier(4), classifier(4, { activation: 'softmax' })];
    for (const model of [logits, softmax]) await train(model, images, imageOptions);
    const [expected, got] = [await evaluate(logits, test), await evaluate(softmax, test)];
    expect(got.loss).toBeCloseTo(expected.loss, 4);
    expect(got.accuracy).toBe(expected.accuracy);
    expect(got.accuracy).toBeGreaterThan(0.9);
  });

  it('a softmax behind a nested model or a layer of its own is seen', async () => {
    const inner = classifier(4, { activation: 'softmax' });
    const input = tf.input({ shape: [8, 8, 1] });
    const nested = tf.model({ inputs: input, outputs: inner.apply(input) as tf.SymbolicTensor });
    const apart = tf.sequential({ layers: [...classifier(4).layers, tf.layers.softmax()] });
    for (const model of [nested, apart]) {
      await refused(
        model,
        () => train(model, images, { ...imageOptions, loss: 'softmaxCrossEntropy' }),
        "has already applied softmax, and the loss would apply one more; use 'sparseCategoricalCrossentropy'",
      );
    }
  });

  it('one sigmoid unit tells two classes apart', async () => {
    const two = makeSynthetic({ classes: 2, height: 8, width: 8, train: 64, test: 32, seed: 1 });
    const model = classifier(1, { activation: 'sigmoid' });
    await train(model, two.train, imageOptions);
    const { accuracy, loss } = await evaluate(model, two.test);
    expect(accuracy).toBeGreaterThan(0.9);
    expect(loss).toBeGreaterThan(0);
  });

  it.each<[string, () => tf.LayersModel, string]>([
    [
      'one unit of logits',
      () => classifier(1),
      "it has one unit, and one class is always right; use 'sigmoidCrossEntropy'",
    ],
    ['a sigmoid for each class', () => classifier(4, { activation: 'sigmoid' }), 'has already applied sigmoid'],
    ['fewer outputs than classes', () => classifier(3), 'labels must be in [0, 2], the classes of output'],
    ['other images', () => perceptron(4), 'the model must take images [n, 8, 8, 1] as its one input, got [n, 3]'],
    ['two inputs', twoByTwo, 'the model must take images [n, 8, 8, 1] as its one input, got [n, 3] and [n, 2]'],
  ])('are refused for %s', async (_, make, message) => {
    const model = make();
    await refused(model, () => train(model, images, imageOptions), message);
    await refused(model, () => evaluate(model, images), message);
  });

  it('of floats are refused rather than trained at chance', async () => {
    const model = classifier(4);
    const floats = { ...images, images: Float32Array.from(images.images, (byte) => byte / 255) };
    const message = 'data.images must be a Uint8Array, got Float32Array; give floats as {x, y}';
    await refused(model, () => train(model, floats as never, imageOptions), message);
  });

  it('regularisers and constraints count', async () => {
    const [plain, held] = [
      classifier(4),
      classifier(4, { kernelConstraint: tf.constraints.maxNorm({ maxValue: 0.1, axis: 0 }) }),
    ];
    const decayed = classifier(4, { kernelRegularizer: tf.regularizers.l2({ l2: 0.5 }) });
    for (const model of [plain, held, decayed]) await train(model, images, imageOptions);
    const norms = (model: tf.LayersModel) => [...tf.norm(model.getWeights()[0]!, 2, 0).dataSync()];
    for (const norm of norms(held)) expect(norm).toBeLessThan(0.1001);
    const sum = (values: number[]) => values.reduce((total, value) => total + value, 0);
    expect(sum(norms(decayed))).toBeLessThan(0.5 * sum(norms(plain)));
  });

  it('class weights count', async () => {
    const [plain, weighted] = [classifier(4), classifier(4)];
    await train(plain, images, imageOptions);
    await train(weighted, images, { ...imageOptions, classWeight: { 0: 0, 1: 0, 2: 0 } });
    const guesses = [...(weighted.predict(tf.zeros([4, 8, 8, 1])) as tf.Tensor).argMax(-1).dataSync()];
    expect(guesses).toEqual([3, 3, 3, 3]);
    expect(weightsOf(weighted)).not.toEqual(weightsOf(plain));
  });
});

describe('a layer frozen after a method was applied', () => {
  const set = () => setTransform({ sparsity: 0.5, interval: 1, endStep: 10, seed: 1 });
  const says = "method 'set' acts on 'body/kernel', which the task does not train: frozen";

  it('is refused, itself or the model around it', async () => {
    const inner = tf.sequential({
      layers: [
        tf.layers.dense({ units: 4, inputShape: [3], name: 'body' }),
        tf.layers.dense({ units: 3, name: 'last' }),
      ],
    });
    applyTransform(inner, set());
    const input = tf.input({ shape: [3] });
    const around = tf.model({ inputs: input, outputs: dense(1, 1).apply(inner.apply(input)) as tf.SymbolicTensor });
    await train(around, { x, y }, options);
    inner.trainable = false;
    await refused(around, () => train(around, { x, y }, options), `train: ${says}`);
    inner.trainable = true;
    inner.getLayer('body').trainable = false;
    await refused(around, () => train(around, { x, y }, options), `train: ${says}`);
  });
});

describe('examples', () => {
  it.each<[object, string]>([
    [{ x: numbers(25), y }, 'train: x must have a multiple of 3 for each example of shape [3], got 25 values'],
    [{ x, y: numbers(7) }, 'train: y must have as many examples as x, 8, got 7'],
    [{ x: tf.zeros([8, 4]), y }, 'train: x must have shape [n, 3], got [8, 4]'],
    [{ x: tf.zeros([3]), y }, 'x must have shape [n, 3], got [3]; the first axis is the examples'],
    [{ x }, 'train: data must have targets y, got undefined'],
    [{ x, y, weight: [1] }, "train: data must have x, y and sampleWeight alone, got 'weight'"],
    [{ x, y: y.map((value, i) => (i === 2 ? Number.NaN : value)) }, 'train: y must be finite, got NaN at 2'],
    [{ x, y, sampleWeight: [1, 1, 1, 1, -1, 1, 1, 1] }, 'train: sampleWeight must be in [0, Infinity), got -1 at 4'],
    [{ x, y, sampleWeight: tf.ones([8, 2]) }, 'train: sampleWeight must have shape [n], got [8, 2]'],
    [{ x: 'x.bin', y }, 'train: x must be a tensor, a typed array or nested arrays of numbers, got String'],
    [
      {
        x: [
          [1, 2, 3],
          [4, 5],
        ],
        y: [1, 2],
      },
      'train: x must be in rows of equal length, 3, got one of 2',
    ],
    [{ x: [x, x], y }, 'train: x must have one entry for each of'],
    [{ x: tf.tensor(['a']), y }, 'train: x must be numbers, got string'],
  ])('are refused where they do not fit %#', async (data, message) => {
    const model = perceptron(1);
    await refused(model, () => train(model, data as never, options), message);
  });

  it.each<[object, string]>([
    [{ loss: undefined }, 'train: loss must be given, since the model is not compiled with one, got undefined'],
    [{ loss: 'mse' }, 'train: loss must be one of meanSquaredError, meanAbsoluteError'],
    [{ loss: 'categoricalCrossentropy' }, 'it has one unit, and one class is always right'],
    [
      { loss: 'binaryCrossentropy' },
      "puts out logits, not probabilities; use 'sigmoidCrossEntropy', or give the layer the activation 'sigmoid'",
    ],
    [{ loss: 'sigmoidCrossEntropy' }, 'train: y must be in [0, 1], got'],
    [{ classWeight: { 0: 2 } }, "needs a loss over classes, or zeros and ones of one unit, got 'meanSquaredError'"],
    [{ metrics: ['acuracy'] }, 'train: metrics must be one of accuracy, acc'],
    [{ metrics: ['mae', 'mae'] }, "train: metrics must have different names, got 'mae' twice"],
    [{ lossWeights: [-1] }, 'must be in [0, Infinity), got -1'],
    [{ batchSize: 9 }, 'train: batchSize must be an integer in [1, 8] (the examples), got 9'],
    [{ batchSize: undefined }, 'train: batchSize must be an integer in [1, 8] (the examples), got undefined'],
    [{ batchesPerEpoch: 2 }, 'train: batchesPerEpoch is for a tf.data.Dataset alone, got 2'],
    [{ augment: { flip: true } }, 'train: augment is for image splits alone'],
    [
      { learningRate: undefined },
      "train: learningRate must be a schedule, as {kind: 'constant', rate: 0.1}, got undefined",
    ],
    [{ learningRate: 0.1 }, "train: learningRate must be a schedule, as {kind: 'constant', rate: 0.1}, got 0.1"],
    [{ learningrate: 0.1 }, "train: options has no 'learningrate'; did you mean 'learningRate'?"],
    [{ epoch: 3 }, "train: options has no 'epoch'; did you mean 'epochs'?"],
    [{ shuffle: 'yes' }, 'train: shuffle must be a boolean, got yes'],
    [{ signal: 1 }, 'train: signal must be an AbortSignal, got 1'],
    [{ checkpoint: 'out' }, "train: checkpoint must be an object, got 'out'"],
    [{ checkpoint: { dir: 'out' } }, "train: checkpoint has no 'dir'; the options are directory"],
    [{ test: y }, 'train: test must be an image split, {x, y} or a tf.data.Dataset'],
  ])('are refused with %o', async (change, message) => {
    const model = perceptron(1);
    await refused(model, () => train(model, { x, y }, { ...options, ...change } as TrainOptions), message);
  });

  it('labels out of range and one-hot rows are told apart from classes', async () => {
    const model = perceptron(4);
    const given = { ...options, loss: 'softmaxCrossEntropy' } as const;
    await refused(
      model,
      () => train(model, { x, y: Int32Array.of(0, 1, 2, 3, 4, 0, 0, 0) }, given),
      'y must be integers in [0, 3], got 4 at 4',
    );
    await refused(
      model,
      () => train(model, { x, y: tf.zeros([8, 4]) }, given),
      "it takes integers, and 'categoricalCrossentropy' takes one row per class",
    );
  });

  it('what is no model, no data and no options is named', async () => {
    const disposed = perceptron(1);
    disposed.dispose();
    const [gone, data] = [tf.zeros([8, 3]), { x, y }];
    gone.dispose();
    const call = (...given: unknown[]) => (train as (...rest: unknown[]) => Promise<unknown>)(...given);
    await expect(call(undefined, data, options)).rejects.toThrow(
      'train: model must be a tf.LayersModel, got undefined',
    );
    await expect(call(disposed, data, options)).rejects.toThrow('train: model must not be disposed');
    await expect(call(perceptron(1), undefined, options)).rejects.toThrow(
      'train: data must be an image split, {x, y} or',
    );
    await expect(call(perceptron(1), tf.zeros([8, 3]), options)).rejects.toThrow('got a tensor');
    await expect(call(perceptron(1), { train: images, test }, options)).rejects.toThrow('give its train or test');
    await expect(call(perceptron(1), data)).rejects.toThrow('train: options must be an object, got undefined');
    await expect(call(perceptron(1), { x: gone, y }, options)).rejects.toThrow(
      'x must be a live tensor, got a disposed one',
    );
    const wrong = evaluate(perceptron(1), data, { loss: 'meanSquaredError', bachSize: 4 } as never);
    await expect(wrong).rejects.toThrow("evaluate: options has no 'bachSize'; did you mean 'batchSize'?");
  });

  it('two inputs are refused by name rather than by a TypeError of JavaScript', async () => {
    const model = twoByTwo();
    const loss = { value: 'meanSquaredError', kind: 'sparseCategoricalCrossentropy' } as const;
    const data = { x: tf.zeros([8, 3]), y: { value: y, kind: new Int32Array(8) } };
    await refused(
      model,
      () => train(model, data, { ...options, loss }),
      'train: x must be a list or record with values for a, b',
    );
    const named = { x: { a: x, c: x }, y: data.y };
    await refused(
      model,
      () => train(model, named, { ...options, loss }),
      "train: x must have entries for a, b alone, got 'c'",
    );
    await refused(
      model,
      () => train(model, { ...named, x: { a: x } }, { ...options, loss }),
      "x must have an entry for 'b'",
    );
  });
});
