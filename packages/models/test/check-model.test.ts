import { targetedDropoutTransform } from '@winnow/baselines';
import {
  applyTransform,
  countFlops,
  exportWeights,
  importWeights,
  layerCosts,
  modelKernels,
  namedVariables,
  namesInOrder,
  parameterCount,
  pytorchNames,
  seedDropout,
  selectKernels,
  torchvisionVgg16,
} from '@winnow/models';
import { tf } from '@winnow/tensorflow';
import { describe, expect, it } from 'vitest';

const dense = () =>
  tf.sequential({ layers: [tf.layers.dense({ units: 2, inputShape: [3] }), tf.layers.dense({ units: 1 })] });
const plain = dense();

function disposed(): tf.LayersModel {
  const model = dense();
  model.dispose();
  return model;
}

/** A model whose layers another one, since disposed, had as well. */
function withDisposedLayers(): tf.LayersModel {
  const [layer] = tf.sequential({ layers: [tf.layers.dense({ units: 2, inputShape: [3] })] }).layers;
  const input = tf.input({ shape: [3] });
  const model = tf.model({ inputs: input, outputs: layer!.apply(input) as tf.SymbolicTensor });
  for (const weight of layer!.weights) weight.dispose();
  return model;
}

const graphModel = new tf.GraphModel({ load: async () => ({}) });

const operations: [string, (model: tf.LayersModel) => unknown, string?][] = [
  [
    'applyTransform',
    (model) => applyTransform(model, targetedDropoutTransform({ targetFraction: 0.5, dropRate: 0.5, seed: 1 })),
  ],
  ['importWeights', (model) => importWeights(model, new Map())],
  ['importWeights', (model) => importWeights(model, new Map(), pytorchNames({}))],
  ['importWeights', (model) => importWeights(plain, model), 'source'],
  ['exportWeights', (model) => exportWeights(model)],
  ['exportWeights', (model) => exportWeights(model, pytorchNames({}))],
  ['namedVariables', (model) => namedVariables(model)],
  ['namesInOrder', (model) => namesInOrder(plain, model)],
  ['parameterCount', (model) => parameterCount(model)],
  ['layerCosts', (model) => layerCosts(model)],
  ['countFlops', (model) => countFlops(model)],
  ['modelKernels', (model) => modelKernels(model)],
  ['selectKernels', (model) => selectKernels('selectKernels', model)],
  ['seedDropout', (model) => seedDropout(model, 1)],
  ['torchvisionVgg16', (model) => torchvisionVgg16(model)],
];

describe.each(operations)('%s refuses by name', (op, run, argument = 'model') => {
  it.each<[string, () => unknown, string]>([
    ['a GraphModel', () => graphModel, 'must be a tf.LayersModel, got a GraphModel, which has no layers'],
    ['nothing', () => undefined, 'must be a tf.LayersModel, got undefined'],
    ['null', () => null, 'must be a tf.LayersModel, got null'],
    ['a number', () => 7, 'must be a tf.LayersModel, got 7'],
    ['a plain object', () => ({ layers: [] }), 'must be a tf.LayersModel, got Object'],
    ['a disposed model', disposed, 'must not be disposed, but its weight'],
    ['a model with disposed layers', withDisposedLayers, 'must not be disposed, but its weight'],
  ])('%s', (_, make, reason) => {
    expect(() => run(make() as tf.LayersModel)).toThrow(`${op}: ${argument} ${reason}`);
  });
});
