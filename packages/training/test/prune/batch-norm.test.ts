/**
 * Which BatchNorm layers `reestimateBatchNorm` finds, and what it makes of several runs of one layer and of own data.
 */

import { tf } from '@winnow/tensorflow';
import { type ExampleStream, reestimateBatchNorm } from '@winnow/training';
import { expect, it } from 'vitest';
import { numbers } from '../train/own-models.js';

const N = 16;
const norm = (name: string) => tf.layers.batchNormalization({ name, axis: -1 });
const statistics = (layer: tf.layers.Layer) =>
  layer
    .getWeights()
    .slice(2)
    .map((weight) => [...weight.dataSync()]);

/** Mean and variance of every second value from `start` on: a feature of rows of two. */
function momentsOf(values: Float32Array, start: number): [mean: number, variance: number] {
  const feature = values.filter((_, i) => i % 2 === start);
  const mean = feature.reduce((sum, value) => sum + value, 0) / feature.length;
  return [mean, feature.reduce((sum, value) => sum + (value - mean) ** 2, 0) / feature.length];
}

function expectStatistics(layer: tf.layers.Layer, means: number[], variances: number[]): void {
  const [mean, variance] = statistics(layer) as [number[], number[]];
  for (const [i, value] of means.entries()) expect(mean[i]).toBeCloseTo(value, 4);
  for (const [i, value] of variances.entries()) expect(variance[i]).toBeCloseTo(value, 4);
}

it('one inside TimeDistributed gets the mean over all steps', async () => {
  const inner = norm('in_steps');
  const model = tf.sequential({ layers: [tf.layers.timeDistributed({ layer: inner, inputShape: [3, 2] })] });
  const x = numbers(N * 6);
  expect(await reestimateBatchNorm(model, { x }, { batches: 2, batchSize: N })).toBe(1);
  const steps = [0, 1, 2].map((step) => x.filter((_, i) => Math.floor(i / 2) % 3 === step));
  const mean = (feature: number, part: 0 | 1) =>
    steps.reduce((sum, values) => sum + momentsOf(values, feature)[part], 0) / 3;
  expectStatistics(inner, [mean(0, 0), mean(1, 0)], [mean(0, 1), mean(1, 1)]);
  expect(Object.hasOwn(inner, 'call')).toBe(false);
});

it('one inside a wrapped Sequential is found, and one inside a nested model', async () => {
  const [wrapped, nested] = [norm('wrapped'), norm('nested')];
  const steps = tf.sequential({ layers: [tf.layers.reLU({ inputShape: [2] }), wrapped] });
  const inner = tf.sequential({ layers: [tf.layers.flatten({ inputShape: [3, 2] }), nested] });
  const model = tf.sequential({ layers: [tf.layers.timeDistributed({ layer: steps, inputShape: [3, 2] }), inner] });
  const before = [statistics(wrapped), statistics(nested)];
  expect(await reestimateBatchNorm(model, { x: tf.tensor3d(numbers(N * 6), [N, 3, 2]) }, { batches: 1 })).toBe(2);
  const positive = numbers(N * 6).map((value) => Math.max(value, 0));
  const steady = [0, 1, 2].map((step) => positive.filter((_, i) => Math.floor(i / 2) % 3 === step));
  const mean = steady.reduce((sum, values) => sum + momentsOf(values, 0)[0], 0) / 3;
  expect(statistics(wrapped)[0]![0]).toBeCloseTo(mean, 4);
  expect(statistics(wrapped)).not.toEqual(before[0]);
  expect(statistics(nested)).not.toEqual(before[1]);
});

it('one that is used twice gets the mean of both uses', async () => {
  const shared = norm('shared');
  const input = tf.input({ shape: [2] });
  const once = shared.apply(input) as tf.SymbolicTensor;
  const twice = shared.apply(tf.layers.dense({ units: 2, kernelInitializer: 'ones', useBias: false }).apply(input));
  const model = tf.model({
    inputs: input,
    outputs: tf.layers.add().apply([once, twice as tf.SymbolicTensor]) as tf.SymbolicTensor,
  });
  const x = numbers(2 * N);
  expect(await reestimateBatchNorm(model, { x }, { batches: 3, batchSize: N })).toBe(1);
  const sums = x.map((_, i) => x[i - (i % 2)]! + x[i - (i % 2) + 1]!);
  const half = (feature: number, part: 0 | 1) => (momentsOf(x, feature)[part] + momentsOf(sums, feature)[part]) / 2;
  expectStatistics(shared, [half(0, 0), half(1, 0)], [half(0, 1), half(1, 1)]);
});

it('takes a tf.data.Dataset, of inputs alone as well, and goes through it again', async () => {
  const values = numbers(2 * N);
  const rows = Array.from({ length: N }, (_, i) => [values[2 * i]!, values[2 * i + 1]!]);
  const streams: ExampleStream[] = [
    tf.data.array(rows.map((xs) => ({ xs, ys: [0] }))).batch(N) as unknown as ExampleStream,
    tf.data.array(rows).batch(N) as unknown as ExampleStream,
  ];
  for (const stream of streams) {
    const layer = norm(`streamed`);
    const model = tf.sequential({ layers: [tf.layers.reLU({ inputShape: [2] }), layer] });
    const tensors = tf.memory().numTensors;
    let batches = 0;
    expect(await reestimateBatchNorm(model, stream, { batches: 3, onBatch: () => batches++ })).toBe(1);
    expect(batches).toBe(3);
    expect(tf.memory().numTensors).toBe(tensors);
    const positive = values.map((value) => Math.max(value, 0));
    expectStatistics(layer, [momentsOf(positive, 0)[0]], [momentsOf(positive, 0)[1]]);
  }
});

it('refuses bad arguments by name before a statistic changes', async () => {
  const layer = norm('kept');
  const model = tf.sequential({ layers: [tf.layers.reLU({ inputShape: [2] }), layer] });
  const before = statistics(layer);
  const call = (...given: unknown[]) => (reestimateBatchNorm as (...rest: unknown[]) => Promise<unknown>)(...given);
  await expect(call(model)).rejects.toThrow(
    'reestimateBatchNorm: data must be an image split, {x, y} or a tf.data.Dataset',
  );
  await expect(call(model, { x: numbers(3) })).rejects.toThrow('x must have a multiple of 2 for each example');
  await expect(call(model, { x: numbers(4) }, { batchSize: 3 })).rejects.toThrow(
    'batchSize must be an integer in [1, 2]',
  );
  await expect(call(model, { x: numbers(4) }, { batchs: 3 })).rejects.toThrow("no 'batchs'; did you mean 'batches'?");
  await expect(call({}, { x: numbers(4) })).rejects.toThrow(
    'reestimateBatchNorm: model must be a tf.LayersModel, got Object',
  );
  expect(statistics(layer)).toEqual(before);
});

it('one without scale or without center, which tf.layers cannot train', async () => {
  // Along an axis that no fused operation takes over.
  const layer = tf.layers.batchNormalization({ axis: 1, scale: false, center: false, name: 'bare' });
  const model = tf.sequential({ layers: [tf.layers.reshape({ inputShape: [2], targetShape: [2, 1] }), layer] });
  const values = numbers(2 * N, 4);
  expect(await reestimateBatchNorm(model, { x: values }, { batches: 1, batchSize: N })).toBe(1);
  const [even, odd] = [momentsOf(values, 0), momentsOf(values, 1)];
  const [mean, variance] = layer.getWeights().map((weight) => [...weight.dataSync()]) as [number[], number[]];
  for (const [i, [m, v]] of [even, odd].entries()) {
    expect(mean[i]).toBeCloseTo(m, 4);
    expect(variance[i]).toBeCloseTo(v, 3);
  }
  expect(layer.getWeights()).toHaveLength(2);
  expect(model.predict(tf.ones([1, 2]))).toBeInstanceOf(tf.Tensor);
});
