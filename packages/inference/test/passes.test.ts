import * as tf from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import { graphSource } from '../src/graph-source.js';
import { lower } from '../src/lower/lower.js';
import { optimise } from '../src/passes/passes.js';
import { fill } from './models.js';

const { layers } = tf;
const then = (layer: tf.layers.Layer, x: tf.SymbolicTensor | tf.SymbolicTensor[]) =>
  layer.apply(x) as tf.SymbolicTensor;
const conv = (filters: number) => layers.conv2d({ filters, kernelSize: 3, padding: 'same' });
const norm = () => layers.batchNormalization({});
const relu = () => layers.reLU({});

/** What is left of a network: each operation with what has become part of it. */
function left(build: (input: tf.SymbolicTensor) => tf.SymbolicTensor | tf.SymbolicTensor[]): string[] {
  const input = tf.input({ shape: [6, 6, 4] });
  const model = fill(tf.model({ inputs: input, outputs: build(input) }), 0.5);
  const network = optimise(lower(graphSource(model), {}).network);
  const inner = network.filter(({ op }) => op !== 'input' && op !== 'output');
  return inner.map(({ op, activation, convolution }) =>
    [op, convolution?.residual && 'sum', activation.kind !== 'none' && activation.kind].filter(Boolean).join('+'),
  );
}

it('makes a residual block two convolutions', () => {
  const block = (x: tf.SymbolicTensor) => {
    const y = then(norm(), then(conv(4), then(relu(), then(norm(), then(conv(4), x)))));
    return then(relu(), then(layers.add(), [y, x]));
  };
  expect(left(block)).toEqual(['convolution+relu', 'convolution+sum+relu']);
});

it('puts a projection or its branch into the sum, not both', () => {
  const block = (x: tf.SymbolicTensor) => then(layers.add(), [then(conv(4), x), then(conv(4), x)]);
  expect(left(block)).toEqual(['convolution', 'convolution+sum']);
});

it('leaves BatchNorm that follows something else, with its activation', () => {
  expect(left((x) => then(conv(3), then(relu(), then(norm(), x))))).toEqual(['scaleShift+relu', 'convolution']);
});

it('takes nothing from a value that others read, or that is an output', () => {
  const shared = (x: tf.SymbolicTensor) => {
    const y = then(conv(4), x);
    return then(layers.multiply(), [then(norm(), y), then(relu(), y)]);
  };
  expect(left(shared)).toEqual(['convolution', 'scaleShift', 'activation+relu', 'multiply']);
  const given = (x: tf.SymbolicTensor) => {
    const y = then(conv(4), x);
    return [y, then(norm(), y)];
  };
  expect(left(given)).toEqual(['convolution', 'scaleShift']);
});

it('adds no value to itself, nor one of another shape', () => {
  const twice = (x: tf.SymbolicTensor) => {
    const y = then(conv(4), x);
    return then(layers.add(), [y, y]);
  };
  expect(left(twice)).toEqual(['convolution', 'add']);
  const everywhere = (x: tf.SymbolicTensor) => {
    const pooled = then(layers.reshape({ targetShape: [1, 1, 4] }), then(layers.globalAveragePooling2d({}), x));
    return then(layers.add(), [then(conv(4), x), pooled]);
  };
  expect(left(everywhere).at(-1)).toBe('add');
});

it('puts padding into the convolution, but not into a pool, nor padding of channels', () => {
  const padding = () => layers.zeroPadding2d({ padding: 1 });
  expect(left((x) => then(layers.conv2d({ filters: 2, kernelSize: 3 }), then(padding(), x)))).toEqual(['convolution']);
  expect(left((x) => then(layers.maxPooling2d({}), then(padding(), x)))).toEqual(['zeroPad', 'maxPool']);
  const channels = layers.zeroPadding2d({
    padding: [
      [0, 0],
      [0, 2],
    ],
    dataFormat: 'channelsFirst',
  });
  expect(left((x) => then(conv(2), then(channels, x)))).toEqual(['zeroPad', 'convolution']);
});

it('drops what nobody needs, but no input', () => {
  expect(left((x) => then(layers.dropout({ rate: 0.5 }), x))).toEqual([]);
  expect(left((x) => then(layers.activation({ activation: 'linear' }), x))).toEqual([]);
});

it('keeps a fold that would not be finite apart', () => {
  const input = tf.input({ shape: [6, 6, 4] });
  const model = tf.model({
    inputs: input,
    outputs: then(layers.batchNormalization({ epsilon: 0 }), then(conv(4), input)),
  });
  const zeros = [tf.ones([4]), tf.zeros([4]), tf.zeros([4]), tf.zeros([4])];
  (model.layers[2] as tf.layers.Layer).setWeights(zeros);
  const network = optimise(lower(graphSource(model), {}).network);
  expect(network.map(({ op }) => op)).toEqual(['input', 'convolution', 'scaleShift', 'output']);
});
