/** Small networks whose features stand in another order in PyTorch; golden/make_layouts.py has the same ones. */

import { exportWeights, importWeights, type NameMap, pytorchNames } from '@winnow/models';
import type { NamedArray } from '@winnow/safetensors';
import { tf } from '@winnow/tensorflow';
import { describe, expect, it } from 'vitest';
import { fill, weight } from './golden/fill.js';
import cases from './golden/layouts.json' with { type: 'json' };

type Name = keyof typeof cases;
const { layers } = tf;
type Tensor = tf.SymbolicTensor;
const dense = (units: number, name = 'fc') => layers.dense({ units, name });
const conv = (filters: number, kernelSize: number | [number, number], name = 'conv') =>
  layers.conv2d({ filters, kernelSize, name });
const image = [3, 4, 2];

function stack(inputShape: number[], ...parts: tf.layers.Layer[]): tf.LayersModel {
  const input = tf.input({ shape: inputShape });
  return tf.model({ inputs: input, outputs: parts.reduce((x, layer) => layer.apply(x) as Tensor, input) });
}

const lstm = (units: number, returnSequences: boolean, name = 'lstm') =>
  layers.lstm({ units, returnSequences, recurrentActivation: 'sigmoid', name });

/** The same networks in tf.layers; `to` puts a PyTorch input into their order. */
const networks: Record<string, { make: () => tf.LayersModel; golden?: Name; names?: () => NameMap; to?: number[] }> = {
  sequence: { make: () => stack([6, 4], layers.activation({ activation: 'tanh' }), layers.flatten(), dense(3)) },
  conv1d: {
    make: () =>
      stack(
        [6, 4],
        layers.conv1d({ filters: 5, kernelSize: 3, name: 'conv' }),
        layers.leakyReLU({ alpha: 0.3 }),
        layers.flatten(),
        dense(3),
      ),
  },
  conv3d: {
    make: () =>
      stack(
        [4, 3, 3, 2],
        layers.conv3d({ filters: 3, kernelSize: [2, 1, 2], name: 'conv' }),
        layers.elu(),
        layers.flatten(),
        layers.gaussianNoise({ stddev: 1 }),
        dense(4),
      ),
  },
  image: {
    make: () =>
      stack(
        [4, 5, 2],
        conv(3, 2),
        layers.leakyReLU({ alpha: 0.3 }),
        layers.elu(),
        layers.reshape({ targetShape: [36] }),
        layers.gaussianDropout({ rate: 0.5 }),
        layers.alphaDropout({ rate: 0.5 }),
        dense(4),
      ),
  },
  after_flatten: {
    make: () =>
      stack(
        image,
        conv(3, 2),
        layers.flatten(),
        layers.batchNormalization({ name: 'bn' }),
        layers.prelu({ name: 'prelu' }),
        layers.layerNormalization({ name: 'ln' }),
        dense(4),
      ),
  },
  branches: {
    make: () => {
      const input = tf.input({ shape: image });
      const parts = [conv(3, 2, 'a'), conv(2, [3, 1], 'b')].map((layer) =>
        layers.flatten().apply(layer.apply(input) as Tensor),
      );
      parts.push(layers.globalAveragePooling2d({}).apply(conv(5, 1, 'c').apply(input)));
      const joined = layers.concatenate().apply(parts as Tensor[]) as Tensor;
      return tf.model({ inputs: input, outputs: dense(4).apply(joined) as Tensor });
    },
  },
  pixel: { make: () => stack(image, conv(7, [3, 4]), layers.flatten(), dense(4)) },
  shared: {
    make: () => {
      const input = tf.input({ shape: image });
      const nested = stack(image, conv(3, 2), layers.flatten());
      nested.name = 'nested';
      const fc = dense(4);
      const one = fc.apply(nested.apply(input) as Tensor) as Tensor;
      const twice = layers.add().apply([input, input]) as Tensor;
      const other = layers.reLU().apply(nested.apply(twice) as Tensor);
      const outputs = layers.add().apply([one, fc.apply(other) as Tensor]) as Tensor;
      return tf.model({ inputs: input, outputs });
    },
    names: () => pytorchNames({ 'nested/conv': 'conv', fc: 'fc' }),
  },
  decoder: {
    make: () =>
      stack(
        [5],
        dense(24),
        layers.batchNormalization({ name: 'bn' }),
        layers.reLU(),
        layers.reshape({ targetShape: [2, 4, 3] }),
        layers.conv2dTranspose({ filters: 2, kernelSize: [2, 3], strides: 2, name: 'up' }),
        layers.permute({ dims: [3, 1, 2] }),
      ),
  },
  autoencoder: {
    make: () =>
      stack(
        image,
        conv(3, 2),
        layers.flatten(),
        dense(18),
        layers.reshape({ targetShape: [2, 3, 3] }),
        conv(2, 2, 'out'),
        layers.permute({ dims: [3, 1, 2] }),
      ),
  },
  lstm: { make: () => stack([6, 4], lstm(5, true), layers.flatten(), dense(3)), to: [0, 1, 2] },
  bidirectional: {
    make: () =>
      stack(
        [6, 4],
        layers.bidirectional({ layer: lstm(3, true, 'one') as never, mergeMode: 'concat', name: 'lstm' }),
        layers.flatten(),
        dense(3),
      ),
    to: [0, 1, 2],
  },
  stacked_lstm: {
    make: () =>
      stack(
        image,
        conv(3, 2),
        layers.flatten(),
        layers.repeatVector({ n: 3 }),
        lstm(5, true, 'first'),
        lstm(5, true, 'second'),
        lstm(5, false, 'third'),
        dense(3),
      ),
    names: () => stackNames('lstm', { first: 0, second: 1, third: 2 }),
  },
  stacked_bidirectional: {
    make: () => {
      const both = (name: string) =>
        layers.bidirectional({ layer: lstm(3, true, `${name}_one`) as never, mergeMode: 'concat', name });
      return stack([6, 4], both('first'), both('second'), layers.flatten(), dense(3));
    },
    names: () => stackNames('lstm', { first: 0, second: 1 }),
    to: [0, 1, 2],
  },
  stacked_rnn: {
    make: () => {
      const rnn = (name: string, returnSequences: boolean) => layers.simpleRNN({ units: 5, returnSequences, name });
      return stack([6, 4], rnn('first', true), rnn('second', false), dense(3));
    },
    names: () => stackNames('rnn', { first: 0, second: 1 }),
    to: [0, 1, 2],
  },
  rnn: { make: () => stack([6, 4], layers.simpleRNN({ units: 5, name: 'rnn' }), dense(3)), to: [0, 1, 2] },
  lstm_of_flattened: {
    make: () => stack(image, conv(3, 2), layers.flatten(), layers.repeatVector({ n: 3 }), lstm(5, false), dense(3)),
  },
  each_step: {
    make: () =>
      stack(
        [3, ...image],
        layers.timeDistributed({ layer: conv(3, 2, 'inner'), name: 'conv' }),
        layers.timeDistributed({ layer: layers.reLU() }),
        layers.timeDistributed({ layer: layers.flatten() }),
        lstm(4, false),
        dense(3),
      ),
    to: [0, 1, 3, 4, 2],
  },
  embedding: {
    make: () =>
      stack(
        [6],
        layers.embedding({ inputDim: 9, outputDim: 4, name: 'embed' }),
        layers.conv1d({ filters: 5, kernelSize: 3, name: 'conv' }),
        layers.flatten(),
        dense(3),
      ),
  },
  embedding_flat: {
    make: () => stack([6], layers.embedding({ inputDim: 9, outputDim: 4, name: 'embed' }), layers.flatten(), dense(3)),
  },
  depthwise: {
    make: () =>
      stack(
        [5, 4, 2],
        layers.depthwiseConv2d({ kernelSize: 2, depthMultiplier: 3, name: 'depth' }),
        layers.separableConv2d({ filters: 5, kernelSize: [3, 2], depthMultiplier: 2, name: 'sep' }),
        layers.flatten(),
        dense(3),
      ),
    names: () => pytorchNames({ depth: 'depth', 'sep/depthwise': 'sep.0', 'sep/pointwise': 'sep.1', fc: 'fc' }),
  },
  layer_norm_image: {
    make: () =>
      stack(image, conv(3, 2), layers.layerNormalization({ axis: [1, 2, 3], name: 'ln' }), layers.flatten(), dense(4)),
  },
  prelu_image: {
    make: () =>
      stack(
        image,
        conv(3, 2),
        layers.prelu({ sharedAxes: [1, 2], name: 'prelu' }),
        layers.prelu({ sharedAxes: [1, 2, 3], name: 'one' }),
        layers.flatten(),
        dense(4),
      ),
  },
  channels_first: {
    make: () => stack([2, 3, 4], layers.batchNormalization({ axis: 1, name: 'bn' }), layers.flatten(), dense(4)),
    to: [0, 1, 2, 3],
  },
  each_step_in_a_model: {
    golden: 'each_step',
    make: () => {
      const inner = stack(image, conv(3, 2, 'inner'), layers.reLU(), layers.flatten());
      return stack([3, ...image], layers.timeDistributed({ layer: inner, name: 'steps' }), lstm(4, false), dense(3));
    },
    names: () => pytorchNames((name) => (name === 'steps/inner' ? 'conv' : name)),
    to: [0, 1, 3, 4, 2],
  },
  channels_first_flatten: {
    make: () => stack([2, 3, 4], layers.flatten({ dataFormat: 'channelsFirst' }), dense(4)),
    to: [0, 1, 2, 3],
  },
  channels_first_conv: {
    make: () =>
      stack(
        [2, 3, 4],
        layers.conv2d({ filters: 3, kernelSize: 2, dataFormat: 'channelsFirst', name: 'conv' }),
        layers.maxPooling2d({ poolSize: 2, strides: 1, dataFormat: 'channelsFirst' }),
        layers.flatten(),
        dense(4),
      ),
    to: [0, 1, 2, 3],
  },
  squeeze: {
    make: () => {
      const input = tf.input({ shape: image });
      const x = conv(3, 2).apply(input) as Tensor;
      const gate = layers.dense({ units: 3, activation: 'sigmoid', name: 'gate' });
      const scale = gate.apply(layers.globalAveragePooling2d({}).apply(x) as Tensor) as Tensor;
      const shaped = layers.reshape({ targetShape: [1, 1, 3] }).apply(scale) as Tensor;
      const scaled = layers.multiply().apply([x, shaped]) as Tensor;
      return tf.model({ inputs: input, outputs: dense(4).apply(layers.flatten().apply(scaled) as Tensor) as Tensor });
    },
  },
  dense_sequence: {
    make: () => stack([6, 4], layers.dense({ units: 5, activation: 'relu', name: 'each' }), layers.flatten(), dense(3)),
    to: [0, 1, 2],
  },
};

/** Recurrent layers that are one module in PyTorch, by their numbers in it; the others have their own names. */
function stackNames(module: string, numbers: Readonly<Record<string, number>>): NameMap {
  return pytorchNames((name) => {
    const number = numbers[name];
    return number === undefined ? name : { module, layer: number };
  });
}
const ownNames = () => pytorchNames((layer) => layer);
const stateOf = (name: Name): Map<string, NamedArray> =>
  new Map(Object.entries(cases[name].state).map(([key, shape]) => [key, weight(key, shape as number[], 1.5)]));

/** Channels last. */
const moved = (rank: number) => [
  0,
  ...Array.from({ length: rank - 2 }, (_, axis) => axis + 2),
  ...(rank > 2 ? [1] : [1]),
];

it('every golden network is tried', () => {
  const tried = Object.entries(networks).map(([name, { golden = name }]) => golden);
  expect(new Set(tried)).toEqual(new Set(Object.keys(cases)));
});

describe.each(Object.entries(networks))('%s', (key, { make, golden = key as Name, to, names = ownNames }) => {
  const name = golden;
  const { input: shape, output } = cases[name];

  it("computes with PyTorch's weights what PyTorch computes", () => {
    const model = make();
    importWeights(model, stateOf(name), names());
    let values = Float32Array.from(
      fill(
        'input',
        shape.reduce((product, axis) => product * axis, 1),
      ),
    );
    if (name.startsWith('embedding')) values = values.map((value) => Math.floor((value + 1) * 4.5));
    const x = tf.transpose(tf.tensor(values, shape), to ?? moved(shape.length));
    const found = (model.predict(x) as tf.Tensor).dataSync();
    expect(found.length).toBe(output.length);
    const worst = Math.max(...output.map((value, at) => Math.abs(value - (found[at] as number))));
    expect(worst).toBeLessThan(2e-5);
  });

  it('gives them back as PyTorch has them', () => {
    const model = make();
    importWeights(model, stateOf(name), names());
    const exported = exportWeights(model, names());
    const state = stateOf(name);
    expect([...exported.keys()].sort()).toEqual([...state.keys()].sort());
    for (const [key, { shape: size, values }] of exported) {
      expect(size, key).toEqual(state.get(key)!.shape);
      // Of two biases that are added, the sum comes back.
      const sum = (from: ReadonlyMap<string, NamedArray>) =>
        Float32Array.from(values, (_, at) => {
          const other = from.get(key.replace('bias_ih', 'bias_hh'));
          return (from.get(key)!.values[at] as number) + (key.includes('bias_ih') ? (other!.values[at] as number) : 0);
        });
      if (key.includes('bias_hh')) expect(values.every((value) => value === 0)).toBe(true);
      else expect(sum(exported), key).toEqual(sum(state));
    }
  });
});
