import * as tf from '@tensorflow/tfjs';
import { fuseBatchNorm, fuseBiasActivation, graphOf } from '@winnow/graph';
import { describe, expect, it } from 'vitest';

const { layers } = tf;
type Tensor = tf.SymbolicTensor;
const apply = (layer: tf.layers.Layer, ...inputs: Tensor[]) =>
  layer.apply(inputs.length === 1 ? (inputs[0] as Tensor) : inputs) as Tensor;
const conv = (name: string, x: Tensor) =>
  apply(layers.conv2d({ filters: 4, kernelSize: 3, padding: 'same', useBias: false, name }), x);
const norm = (name: string, x: Tensor) => apply(layers.batchNormalization({ name }), x);
const relu = (name: string, x: Tensor) => apply(layers.reLU({ name }), x);
const add = (name: string, ...inputs: Tensor[]) => apply(layers.add({ name }), ...inputs);

function graph(network: (x: Tensor) => Tensor | Tensor[]) {
  const input = tf.input({ shape: [4, 4, 4], name: 'x' });
  return graphOf(tf.model({ inputs: input, outputs: network(input) }));
}
const batchNorms = (network: (x: Tensor) => Tensor | Tensor[]) => fuseBatchNorm(graph(network)).fusions;

describe('fuseBatchNorm', () => {
  it('finds BatchNorm and the ReLU that alone reads it, as a layer of either kind', () => {
    const found = batchNorms((x) => {
      const y = relu('relu1', norm('norm1', conv('conv1', x)));
      return apply(layers.activation({ activation: 'relu', name: 'relu2' }), norm('norm2', y));
    });
    expect(found).toEqual([
      { kind: 'batch-norm', norm: 'norm1', activation: 'relu1' },
      { kind: 'batch-norm', norm: 'norm2', activation: 'relu2' },
    ]);
  });

  it.each([
    ['first', 0],
    ['second', 1],
  ])('finds a residual sum whose %s input is BatchNorm', (_, at) => {
    const found = batchNorms((x) => {
      const normed = norm('norm', conv('conv', x));
      return relu('relu', at === 0 ? add('sum', normed, x) : add('sum', x, normed));
    });
    expect(found).toEqual([{ kind: 'batch-norm', norm: 'norm', sum: { node: 'sum', at }, activation: 'relu' }]);
  });

  it('finds the shortcut around a pre-activation block', () => {
    const found = batchNorms((x) => {
      const start = conv('start', x);
      return add('sum', start, conv('conv', relu('relu', norm('norm', start))));
    });
    expect(found).toEqual([{ kind: 'batch-norm', norm: 'norm', activation: 'relu', shortcut: { node: 'sum', at: 0 } }]);
  });

  it('gives a sum of two BatchNorms to one of them', () => {
    const found = batchNorms((x) => relu('relu', add('sum', norm('a', conv('c', x)), norm('b', conv('d', x)))));
    expect(found).toHaveLength(1);
    expect(found[0]).toMatchObject({ sum: { node: 'sum' }, activation: 'relu' });
  });

  it.each<[string, (x: Tensor) => Tensor | Tensor[]]>([
    [
      'others read BatchNorm, too',
      (x) => {
        const y = norm('norm', x);
        return add('sum', conv('c', relu('relu', y)), y);
      },
    ],
    [
      'BatchNorm is an output',
      (x) => {
        const y = norm('norm', x);
        return [relu('relu', y), y];
      },
    ],
    [
      'the sum is an output',
      (x) => {
        const y = add('sum', x, norm('norm', x));
        return [relu('relu', y), y];
      },
    ],
    ['the ReLU is clipped', (x) => apply(layers.reLU({ maxValue: 6 }), norm('norm', x))],
    ['the activation is another', (x) => apply(layers.activation({ activation: 'tanh' }), norm('norm', x))],
    ['three are added', (x) => relu('relu', add('sum', norm('norm', conv('c', x)), x, conv('d', x)))],
    [
      'BatchNorm is called twice',
      (x) => {
        const shared = layers.batchNormalization({ name: 'norm' });
        return relu('b', apply(shared, relu('a', apply(shared, x))));
      },
    ],
    [
      'ReLU is called twice',
      (x) => {
        const shared = layers.reLU({ name: 'relu' });
        return apply(shared, norm('b', apply(shared, norm('a', x))));
      },
    ],
    [
      'the sum adds BatchNorm to itself',
      (x) => {
        const y = norm('norm', x);
        return relu('relu', add('sum', y, y));
      },
    ],
  ])('finds nothing where %s', (_, network) => {
    expect(batchNorms(network)).toEqual([]);
  });

  it('looks across the borders of flattened models, and not into models that are kept whole', () => {
    const inside = tf.input({ shape: [4, 4, 4] });
    const inner = tf.model({ inputs: inside, outputs: norm('norm', relu('r', norm('n', inside))), name: 'inner' });
    const input = tf.input({ shape: [4, 4, 4] });
    const model = tf.model({ inputs: input, outputs: relu('relu', inner.apply(input) as Tensor) });
    expect(fuseBatchNorm(graphOf(model)).fusions).toEqual([
      { kind: 'batch-norm', norm: 'inner/n', activation: 'inner/r' },
      { kind: 'batch-norm', norm: 'inner/norm', activation: 'relu' },
    ]);
    expect(fuseBatchNorm(graphOf(model, { nested: 'keep' })).fusions).toEqual([]);
  });

  it('leaves alone a BatchNorm that a wrapper runs as well', () => {
    const shared = layers.batchNormalization({ name: 'norm' });
    const sequence = tf.input({ shape: [3, 4] });
    const x = tf.input({ shape: [4] });
    const plain = relu('relu', apply(shared, x));
    const wrapped = apply(layers.timeDistributed({ layer: shared, name: 'each' }), sequence);
    const model = tf.model({ inputs: [x, sequence], outputs: [plain, wrapped] });
    expect(fuseBatchNorm(graphOf(model)).fusions).toEqual([]);
  });

  it('changes nothing of the graph that it is given', () => {
    const given = graph((x) => relu('relu', norm('norm', x)));
    const { fusions, ...rest } = fuseBatchNorm(given);
    expect(given.fusions).toEqual([]);
    expect(fusions).toHaveLength(1);
    expect(rest.nodes).toBe(given.nodes);
  });
});

describe('fuseBiasActivation', () => {
  const dense = (name: string, x: Tensor, options: object = {}) =>
    apply(layers.dense({ units: 4, name, ...options }), x);

  it('finds activations of the layer itself and of the layer that alone reads it', () => {
    const given = graph((x) => {
      let y = dense('own', x, { activation: 'relu' });
      y = relu('relu', apply(layers.conv2d({ filters: 4, kernelSize: 1, name: 'conv' }), y));
      y = apply(layers.activation({ activation: 'tanh', name: 'tanh' }), dense('plain', y));
      return y;
    });
    expect(fuseBiasActivation(given).fusions).toEqual([
      { kind: 'bias-activation', node: 'own', activation: 'relu' },
      { kind: 'bias-activation', node: 'conv', activation: 'relu', reader: 'relu' },
      { kind: 'bias-activation', node: 'plain', activation: 'tanh', reader: 'tanh' },
    ]);
  });

  it.each<[string, (x: Tensor) => Tensor | Tensor[]]>([
    ['there is no bias', (x) => relu('relu', dense('d', x, { useBias: false }))],
    ['there is no activation', (x) => dense('d', x)],
    ['it is linear', (x) => apply(layers.activation({ activation: 'linear' }), dense('d', x))],
    ['the ReLU is clipped', (x) => apply(layers.reLU({ maxValue: 6 }), dense('d', x))],
    [
      'others read it, too',
      (x) => {
        const y = dense('d', x);
        return add('sum', relu('relu', y), y);
      },
    ],
  ])('finds nothing where %s', (_, network) => {
    expect(fuseBiasActivation(graph(network)).fusions).toEqual([]);
  });

  it('adds to what another pass found', () => {
    const given = fuseBatchNorm(graph((x) => relu('r2', dense('d', relu('r1', norm('norm', x))))));
    expect(fuseBiasActivation(given).fusions.map(({ kind }) => kind)).toEqual(['batch-norm', 'bias-activation']);
  });
});
