import * as tf from '@tensorflow/tfjs';
import { countFlops, graphOf, layerCosts } from '@winnow/graph';
import { expect, it } from 'vitest';

const { layers } = tf;
const costsOf = (...stack: tf.layers.Layer[]) => layerCosts(graphOf(tf.sequential({ layers: stack })));
const channelsFirst = { dataFormat: 'channelsFirst' } as const;

// Every product is written out: positions × what one position multiplies.
it.each<[string, () => tf.layers.Layer, parameters: number, flops: number]>([
  ['dense', () => layers.dense({ units: 4, inputShape: [5] }), 5 * 4 + 4, 5 * 4],
  ['dense over a sequence', () => layers.dense({ units: 4, inputShape: [7, 5] }), 5 * 4 + 4, 7 * (5 * 4)],
  ['conv1d', () => layers.conv1d({ filters: 2, kernelSize: 3, inputShape: [7, 5] }), 3 * 5 * 2 + 2, 5 * (3 * 5 * 2)],
  [
    'conv2d with strides',
    () => layers.conv2d({ filters: 4, kernelSize: 3, strides: 2, padding: 'same', inputShape: [8, 6, 3] }),
    9 * 3 * 4 + 4,
    4 * 3 * (9 * 3 * 4),
  ],
  [
    'conv2d, channels first',
    () => layers.conv2d({ filters: 4, kernelSize: 3, inputShape: [3, 8, 6], ...channelsFirst }),
    9 * 3 * 4 + 4,
    6 * 4 * (9 * 3 * 4),
  ],
  [
    'conv3d',
    () => layers.conv3d({ filters: 2, kernelSize: [1, 2, 3], useBias: false, inputShape: [4, 4, 4, 3] }),
    6 * 3 * 2,
    4 * 3 * 2 * (6 * 3 * 2),
  ],
  [
    'depthwise',
    () => layers.depthwiseConv2d({ kernelSize: 3, depthMultiplier: 2, padding: 'same', inputShape: [8, 6, 4] }),
    9 * 4 * 2 + 8,
    8 * 6 * (9 * 4 * 2),
  ],
  [
    'separable',
    () => layers.separableConv2d({ filters: 5, kernelSize: 3, strides: 2, padding: 'same', inputShape: [8, 6, 4] }),
    9 * 4 + 4 * 5 + 5,
    4 * 3 * (9 * 4 + 4 * 5),
  ],
  [
    'transposed: at every position of the input',
    () => layers.conv2dTranspose({ filters: 5, kernelSize: 2, strides: 2, inputShape: [8, 6, 4] }),
    4 * 5 * 4 + 5,
    8 * 6 * (4 * 5 * 4),
  ],
  [
    'transposed in three dimensions',
    () =>
      layers.conv3dTranspose({ filters: 2, kernelSize: 2, strides: 2, inputShape: [3, 4, 5, 6] }) as tf.layers.Layer,
    8 * 2 * 6 + 2,
    3 * 4 * 5 * (8 * 2 * 6),
  ],
  ['simpleRNN', () => layers.simpleRNN({ units: 3, inputShape: [6, 5] }), 15 + 9 + 3, 6 * (15 + 9)],
  ['gru', () => layers.gru({ units: 3, inputShape: [6, 5] }), 3 * (15 + 9 + 3), 6 * 3 * (15 + 9)],
  [
    'lstm, whatever it returns',
    () => layers.lstm({ units: 3, returnSequences: true, inputShape: [6, 5] }),
    4 * (15 + 9 + 3),
    6 * 4 * (15 + 9),
  ],
  [
    'convLstm2d',
    () => layers.convLstm2d({ filters: 2, kernelSize: 3, inputShape: [5, 8, 6, 3] }) as tf.layers.Layer,
    4 * (9 * 3 * 2 + 9 * 2 * 2 + 2),
    5 * (6 * 4) * 4 * (9 * 3 * 2 + 9 * 2 * 2),
  ],
  [
    'rnn of cells',
    () =>
      layers.rnn({
        cell: [layers.lstmCell({ units: 3 }), layers.gruCell({ units: 2 })] as never,
        inputShape: [6, 5],
      }) as tf.layers.Layer,
    4 * (15 + 9 + 3) + 3 * (6 + 4 + 2),
    6 * (4 * (15 + 9) + 3 * (6 + 4)),
  ],
  [
    'timeDistributed',
    () => layers.timeDistributed({ layer: layers.dense({ units: 4 }), inputShape: [7, 5] }),
    24,
    7 * (5 * 4),
  ],
  [
    'timeDistributed of a convolution with channels first',
    () =>
      layers.timeDistributed({
        layer: layers.conv2d({ filters: 4, kernelSize: 3, ...channelsFirst }),
        inputShape: [7, 3, 8, 6],
      }),
    9 * 3 * 4 + 4,
    7 * (6 * 4) * (9 * 3 * 4),
  ],
  [
    'timeDistributed twice',
    () =>
      layers.timeDistributed({
        layer: layers.timeDistributed({ layer: layers.dense({ units: 4 }) }),
        inputShape: [7, 2, 5],
      }),
    24,
    7 * 2 * (5 * 4),
  ],
  [
    'timeDistributed of a model',
    () => {
      const model = tf.sequential({
        layers: [layers.dense({ units: 3, inputShape: [5] }), layers.dense({ units: 2 })],
      });
      return layers.timeDistributed({ layer: model, inputShape: [7, 5] } as never);
    },
    18 + 8,
    7 * (15 + 6),
  ],
  [
    'bidirectional: both directions',
    () => layers.bidirectional({ layer: layers.gru({ units: 3 }) as never, inputShape: [6, 5], mergeMode: 'concat' }),
    2 * 3 * (15 + 9 + 3),
    2 * 6 * 3 * (15 + 9),
  ],
  ['embedding: a look-up', () => layers.embedding({ inputDim: 9, outputDim: 4, inputLength: 6 }), 36, 0],
  ['batchNormalization', () => layers.batchNormalization({ inputShape: [8, 8, 3] }), 6, 0],
  ['prelu of a whole image', () => layers.prelu({ inputShape: [8, 8, 3] } as never), 192, 0],
])('%s', (_, make, parameters, flops) => {
  expect(costsOf(make())).toMatchObject({ parameters, flops, uncounted: [] });
});

it('lists the layers with weights, one entry each, every run counted', () => {
  const inner = tf.sequential({ name: 'inner', layers: [layers.dense({ units: 3, inputShape: [3], name: 'a' })] });
  const shared = layers.dense({ units: 3, useBias: false, name: 'shared' });
  const input = tf.input({ shape: [3] });
  let x = inner.apply(shared.apply(inner.apply(input))) as tf.SymbolicTensor;
  x = layers.reLU().apply(shared.apply(x)) as tf.SymbolicTensor;
  const costs = layerCosts(graphOf(tf.model({ inputs: input, outputs: x })));
  expect(costs.layers).toEqual([
    { path: 'inner/a', parameters: 12, flops: 2 * 9 },
    { path: 'shared', parameters: 9, flops: 2 * 9 },
  ]);
  expect(costs).toMatchObject({ parameters: 21, flops: 36 });
});

it('counts a model that begins a Sequential', () => {
  const first = tf.sequential({ name: 'first', layers: [layers.dense({ units: 3, inputShape: [2], name: 'a' })] });
  expect(costsOf(first as unknown as tf.layers.Layer, layers.dense({ units: 1, name: 'b' })).layers).toEqual([
    { path: 'first/a', parameters: 9, flops: 6 },
    { path: 'b', parameters: 4, flops: 3 },
  ]);
});

it('counts the layers of a nested model that is kept whole, too', () => {
  const inner = tf.sequential({ name: 'inner', layers: [layers.dense({ units: 3, inputShape: [3], name: 'a' })] });
  const input = tf.input({ shape: [3] });
  const sequence = layers.repeatVector({ n: 4 }).apply(inner.apply(inner.apply(input))) as tf.SymbolicTensor;
  const each = layers.timeDistributed({ layer: inner as never, name: 'each' }).apply(sequence) as tf.SymbolicTensor;
  const model = tf.model({ inputs: input, outputs: each });
  const costs = layerCosts(graphOf(model, { nested: 'keep' }));
  expect(costs).toEqual(layerCosts(graphOf(model)));
  expect(costs.layers).toEqual([{ path: 'inner/a', parameters: 12, flops: (2 + 4) * 9 }]);
});

it('does not count what is frozen as a parameter', () => {
  const dense = layers.dense({ units: 4, inputShape: [5] });
  const stack = tf.sequential({ layers: [dense] });
  dense.trainable = false;
  expect(layerCosts(graphOf(stack))).toMatchObject({ parameters: 0, flops: 20 });
});

it('names what it does not know', () => {
  class Mystery extends layers.Layer {
    static className = 'Mystery';
  }
  const a = tf.input({ shape: [4], name: 'a' });
  const product = layers
    .dot({ axes: -1, name: 'dot' })
    .apply([a, new Mystery({ name: 'm' }).apply(a) as tf.SymbolicTensor]);
  const graph = graphOf(
    tf.model({ inputs: a, outputs: layers.dense({ units: 2 }).apply(product) as tf.SymbolicTensor }),
  );
  const { flops, uncounted } = countFlops(graph);
  expect(flops).toBe(2);
  expect(uncounted.map(({ path, reason }) => `${path}: ${reason}`)).toEqual(['m: kind', 'dot: kind']);
});

it.each<[string, () => tf.layers.Layer, path: string, shape: (number | null)[]]>([
  [
    'an image',
    () => layers.conv2d({ filters: 2, kernelSize: 3, inputShape: [null, null, 3], name: 'c' }),
    'c',
    [null, null, null, 2],
  ],
  ['a sequence', () => layers.gru({ units: 3, inputShape: [null, 5], name: 'r' }), 'r', [null, null, 5]],
  [
    'the steps of a wrapper',
    () => layers.timeDistributed({ layer: layers.dense({ units: 4 }), inputShape: [null, 5], name: 'each' }),
    'each',
    [null, null, 4],
  ],
])('names a layer that depends on the open size of %s, with its shape', (_, make, path, shape) => {
  const { layers: listed, flops, uncounted } = costsOf(make());
  expect(uncounted).toMatchObject([{ path, reason: 'open size', shape }]);
  expect(flops).toBe(0);
  expect(listed).toMatchObject([{ path, flops: null }]);
});
