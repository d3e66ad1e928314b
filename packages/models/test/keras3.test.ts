/** Models of Keras 3, whose files have another form; golden/make_keras3.py makes them. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { io } from '@tensorflow/tfjs';
import { loadModel } from '@winnow/models';
import { tf } from '@winnow/tensorflow';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../test/temporary-folder.js';
import { fill } from './golden/fill.js';
import golden from './golden/keras3.json' with { type: 'json' };

const folder = temporaryFolder();

type Json = Record<string, unknown>;
interface Case {
  readonly topology: unknown;
  readonly inputs: Readonly<Record<string, readonly number[]>>;
  readonly weights: Readonly<Record<string, readonly number[]>>;
  readonly output: readonly number[];
}
const cases = golden as unknown as Record<keyof typeof golden, Case>;
const sizeOf = (shape: readonly number[]) => shape.reduce((product, axis) => product * axis, 1);

function artifactsOf({ topology, weights }: Pick<Case, 'topology' | 'weights'>): io.ModelArtifacts {
  const values = Object.entries(weights).flatMap(([path, shape]) =>
    [...fill(path, sizeOf(shape))].map((value) => (path.endsWith('variance') ? 1 + 0.5 * value : value)),
  );
  return {
    format: 'layers-model',
    modelTopology: topology as object,
    weightSpecs: Object.entries(weights).map(([name, shape]) => ({ name, shape: [...shape], dtype: 'float32' })),
    weightData: Float32Array.from(values).buffer,
  };
}

const load = (artifacts: io.ModelArtifacts) => loadModel({ load: async () => artifacts });

/** A model of one layer after an input of [4, 4, 2]. */
const withLayer = (layer: Json, node?: Json): Json => ({
  keras_version: '3.15.1',
  model_config: {
    class_name: 'Functional',
    config: {
      name: 'm',
      layers: [
        { class_name: 'InputLayer', config: { batch_shape: [null, 4, 4, 2], name: 'x' }, name: 'x', inbound_nodes: [] },
        { module: 'keras.layers', ...layer, inbound_nodes: [{ args: [input], kwargs: {}, ...node }] },
      ],
      input_layers: ['x', 0, 0],
      output_layers: [['y', 0, 0]],
    },
  },
});
const input = { class_name: '__keras_tensor__', config: { keras_history: ['x', 0, 0] } };

describe.each(Object.keys(cases) as (keyof typeof cases)[])('the model %s of Keras 3', (name) => {
  const { inputs, output } = cases[name];

  function expectSame(model: tf.LayersModel): void {
    const x = Object.entries(inputs).map(([key, shape]) => {
      const values = Float32Array.from(fill(key, sizeOf(shape)));
      return tf.tensor(key === 'words' ? values.map((value) => Math.floor((value + 1) * 4.5)) : values, [...shape]);
    });
    const found = (model.predict(x.length > 1 ? x : (x[0] as tf.Tensor)) as tf.Tensor).dataSync();
    expect(found.length).toBe(output.length);
    const worst = Math.max(...output.map((value, at) => Math.abs(value - (found[at] as number))));
    expect(worst).toBeLessThan(1e-5);
  }

  it('computes what it computes in Keras, and can be saved for stock tfjs', async () => {
    const model = await load(artifactsOf(cases[name]));
    expectSame(model);
    await model.save(`file://${folder}/${name}`);
    expectSame(await tf.loadLayersModel(`file://${folder}/${name}/model.json`));
  });

  it('loads from a file', async () => {
    const { weightData, weightSpecs, modelTopology } = artifactsOf(cases[name]);
    writeFileSync(join(folder, 'weights.bin'), Buffer.from(weightData as ArrayBuffer));
    const weightsManifest = [{ paths: ['weights.bin'], weights: weightSpecs }];
    writeFileSync(join(folder, 'model.json'), JSON.stringify({ modelTopology, weightsManifest }));
    expectSame(await loadModel(`file://${folder}/model.json`));
  });
});

describe('of Keras 3', () => {
  const layer = (class_name: string, config: Json = {}): Json => ({
    class_name,
    config: { name: 'y', ...config },
    name: 'y',
  });

  it.each<[string, Json, Json | undefined, string]>([
    ['a layer that tf.layers lacks', layer('GroupNormalization'), undefined, "layer 'y' is a GroupNormalization"],
    [
      'an operation',
      { ...layer('Multiply'), module: 'keras.src.ops.numpy' },
      undefined,
      "layer 'y' is the operation Multiply of Keras, not a layer",
    ],
    [
      'another type of numbers',
      layer('ReLU', { dtype: { class_name: 'DTypePolicy', config: { name: 'mixed_float16' } } }),
      undefined,
      "layer 'y' computes in mixed_float16",
    ],
    ['groups', layer('Conv2D', { groups: 2 }), undefined, "layer 'y', a Conv2D, has groups = 2"],
    ['a leaky ReLU', layer('ReLU', { negative_slope: 0.1 }), undefined, "layer 'y', a ReLU, has negative_slope = 0.1"],
    [
      'another hard sigmoid',
      layer('Dense', { units: 1, activation: 'hard_sigmoid' }),
      undefined,
      'has activation = "hard_sigmoid"',
    ],
    ['a GRU', layer('GRU', { units: 1, reset_after: true }), undefined, "layer 'y', a GRU, has reset_after = true"],
    ['a number among the inputs', layer('Add'), { args: [[input, 2]] }, "layer 'y' is called with 2"],
    [
      'a tensor among the options',
      layer('ReLU'),
      { kwargs: { mask: input } },
      "layer 'y' is called with a tensor as mask",
    ],
    [
      'what tfjs refuses',
      layer('Dense', { units: -1 }),
      undefined,
      'tf.layers cannot build the Keras 3 model the source',
    ],
  ])('%s is refused by name', async (_, made, node, reason) => {
    await expect(load({ modelTopology: withLayer(made, node) })).rejects.toThrow(/^loadModel: /);
    await expect(load({ modelTopology: withLayer(made, node) })).rejects.toThrow(reason);
  });

  it.each<[string, Record<string, number[]>, string]>([
    ['that the file lacks', { 'm/y/kernel': [2, 3] }, "the file has no weight 'y/bias'"],
    [
      'that the model lacks',
      { 'y/kernel': [2, 3], 'y/bias': [3], 'y/scale': [1] },
      "the model has no weight 'y/scale'",
    ],
    ['of another shape', { 'y/kernel': [3, 2], 'y/bias': [3] }, "'y/kernel' has the shape [3,2], 'y/kernel' [2,3]"],
  ])('a weight %s is named', async (_, weights, reason) => {
    const topology = withLayer(layer('Dense', { units: 3 }));
    const { numTensors } = tf.memory();
    await expect(load(artifactsOf({ topology, weights }))).rejects.toThrow(`loadModel: ${reason}`);
    expect(tf.memory().numTensors).toBe(numTensors);
  });

  it('a weight that two layers may have is named', async () => {
    const dense = { module: 'keras.layers', class_name: 'Dense', config: { name: 'fc', units: 2, use_bias: false } };
    const x = { module: 'keras.layers', class_name: 'InputLayer', config: { name: 'x', batch_shape: [null, 2] } };
    const inner = { module: 'keras', class_name: 'Sequential', config: { name: 'inner', layers: [x, dense] } };
    const topology = { class_name: 'Sequential', config: { name: 'm', layers: [x, inner, dense] } };
    await expect(load(artifactsOf({ topology, weights: { 'fc/kernel': [2, 2] } }))).rejects.toThrow(
      "loadModel: 'fc/kernel' may be a weight of 'inner/fc' and 'fc'; give the layers different names",
    );
    const model = await load(artifactsOf({ topology, weights: { 'fc/kernel': [2, 2], 'inner/fc/kernel': [2, 2] } }));
    const [first] = model.getWeights() as [tf.Tensor];
    expect([...first.dataSync()]).toEqual([...Float32Array.from(fill('inner/fc/kernel', 4))]);
  });
});

it.each([
  ['ReLU', { negative_slope: 0.2 }, "layer 'y', a ReLU, has negative_slope = 0.2"],
  ['ReLU', { threshold: 1 }, "layer 'y', a ReLU, has threshold = 1"],
  ['Conv2D', { groups: 2, filters: 2, kernel_size: 1 }, "layer 'y', a Conv2D, has groups = 2"],
])(
  'a %s of Keras 2 with %j, which tf.layers would pass over, is refused by name',
  async (class_name, config, reason) => {
    const inner = { class_name, config: { name: 'y', ...config } };
    const input = { class_name: 'InputLayer', config: { batch_input_shape: [null, 4, 4, 2], name: 'x' } };
    const model_config = { class_name: 'Sequential', config: { name: 'm', layers: [input, inner] } };
    for (const modelTopology of [model_config, { keras_version: '2.15.0', model_config }]) {
      await expect(load({ modelTopology })).rejects.toThrow(`loadModel: ${reason}`);
    }
  },
);

describe('loadModel refuses by name', () => {
  it.each<[string, () => Promise<unknown>, string]>([
    [
      'a path',
      () => loadModel('/models/model.json'),
      "source must be a URL, got '/models/model.json'; for a file write 'file:///models/model.json'",
    ],
    [
      'a relative path',
      () => loadModel('model.json'),
      "source must be a URL, got 'model.json'; for a file write 'file://model.json'",
    ],
    ['a GraphModel', () => load({ format: 'graph-model', modelTopology: { node: [] } }), 'the source is a GraphModel'],
    ['a GraphModel that does not say so', () => load({ modelTopology: { node: [] } }), 'the source is a GraphModel'],
    ['nothing', () => loadModel(undefined as never), 'source must be a URL or an IOHandler with load, got undefined'],
    [
      'a handler that only saves',
      () => loadModel({ save: async () => ({}) as never }),
      'source must be a URL or an IOHandler with load',
    ],
  ])('%s', async (_, run, reason) => {
    await expect(run()).rejects.toThrow(`loadModel: ${reason}`);
  });
});
