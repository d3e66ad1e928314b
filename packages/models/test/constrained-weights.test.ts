/** Constraints of layers hold whatever writes their weights, as in stock tf.layers. */

import { exportWeights, importWeights, loadModel, namesInOrder } from '@winnow/models';
import { writeSafetensors } from '@winnow/safetensors';
import { tf } from '@winnow/tensorflow';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../../../test/temporary-folder.js';

const folder = temporaryFolder();
const KERNEL = [-0.5, 0.25, -4, 3, 0, 2];
const BIAS = [3, -4];

const model = (constraints: object = {}) =>
  tf.sequential({ layers: [tf.layers.dense({ name: 'fc', units: 2, inputShape: [3], ...constraints })] });
const constrained = () =>
  model({
    kernelConstraint: tf.constraints.nonNeg(),
    biasConstraint: tf.constraints.maxNorm({ maxValue: 1, axis: 0 }),
  });
const valuesOf = (of: tf.LayersModel) => of.getWeights().map((weight) => [...weight.dataSync()]);

function expectNear(values: readonly number[][], expected: readonly number[][]): void {
  values.flat().forEach((value, i) => void expect(value).toBeCloseTo(expected.flat()[i]!, 5));
}

it('importWeights gives a constrained layer what setWeights gives it, from a file, a map and a model', () => {
  const tensors = { 'fc/kernel': tf.tensor2d(KERNEL, [3, 2]), 'fc/bias': tf.tensor1d(BIAS) };
  const stock = constrained();
  stock.setWeights(Object.values(tensors));
  const expected = [
    [0, 0.25, 0, 3, 0, 2],
    [0.6, -0.8],
  ];
  expectNear(valuesOf(stock), expected);

  const file = `${folder}/constrained.safetensors`;
  writeSafetensors(
    file,
    new Map([
      ['fc/kernel', { shape: [3, 2], values: Float32Array.from(KERNEL) }],
      ['fc/bias', { shape: [2], values: Float32Array.from(BIAS) }],
    ]),
  );
  const free = model();
  free.setWeights(Object.values(tensors));
  for (const source of [file, new Map(Object.entries(tensors)), free]) {
    const ours = constrained();
    importWeights(ours, source, source === free ? namesInOrder(ours, free) : undefined);
    expectNear(valuesOf(ours), expected);
  }
});

it('what is exported and imported again is the same to the last bit', () => {
  const norm = { axis: 0 };
  const of = () =>
    model({
      kernelConstraint: tf.constraints.unitNorm(norm),
      biasConstraint: tf.constraints.maxNorm({ maxValue: 1, ...norm }),
    });
  for (const scale of [1, 1e-3, 1e-6]) {
    const ours = of();
    ours.setWeights([tf.tensor2d(KERNEL, [3, 2]), tf.tensor1d(BIAS).mul(scale)]);
    const again = of();
    importWeights(again, exportWeights(ours));
    expect(valuesOf(again)).toEqual(valuesOf(ours));
  }
});

it('what a model computes on imported weights, it computes once saved and loaded', async () => {
  const ours = constrained();
  const x = tf.tensor2d([1, -2, 3], [1, 3]);
  importWeights(
    ours,
    new Map<string, tf.Tensor>([
      ['fc/kernel', tf.tensor2d(KERNEL, [3, 2])],
      ['fc/bias', tf.tensor1d(BIAS)],
    ]),
  );
  const computed = [...(ours.predict(x) as tf.Tensor).dataSync()];
  await ours.save(`file://${folder}/saved`);
  const loaded = await tf.loadLayersModel(`file://${folder}/saved/model.json`);
  expectNear([[...(loaded.predict(x) as tf.Tensor).dataSync()]], [computed]);
});

it('a Keras 3 model’s constraints are applied when it is loaded, as a Keras 2 model’s are', async () => {
  const config = {
    name: 'fc',
    units: 2,
    kernel_constraint: { module: 'keras.constraints', class_name: 'NonNeg', config: {} },
  };
  const input = { class_name: 'InputLayer', config: { batch_shape: [null, 3], name: 'x' } };
  const model_config = {
    class_name: 'Sequential',
    config: { name: 'm', layers: [input, { class_name: 'Dense', config }] },
  };
  const loaded = await loadModel({
    load: async () => ({
      modelTopology: { keras_version: '3.15.1', model_config },
      weightSpecs: [
        { name: 'm/fc/kernel', shape: [3, 2], dtype: 'float32' },
        { name: 'm/fc/bias', shape: [2], dtype: 'float32' },
      ],
      weightData: Float32Array.from([...KERNEL, ...BIAS]).buffer,
    }),
  });
  expect(valuesOf(loaded)).toEqual([[0, 0.25, 0, 3, 0, 2], BIAS]);
});
