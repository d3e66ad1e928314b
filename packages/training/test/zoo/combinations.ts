/** Models in which layers meet: nested, shared, wrapped, frozen, of a user's own, with several inputs and outputs. */

import { tf } from '@winnow/tensorflow';
import { DoubledDense, HalvedConv2D, Holding, Mixing } from '../../../models/test/own-layers.js';
import { type ZooModel, zooModel } from './zoo-model.js';

const { layers } = tf;
type Symbolic = tf.SymbolicTensor;
const dense = (name: string, units = 6, rest: object = {}) =>
  layers.dense({ units, name, activation: 'tanh', ...rest });
const input = (shape: number[], rest: object = {}) => tf.input({ shape, ...rest });
const apply = (layer: tf.layers.Layer, x: Symbolic | Symbolic[], kwargs?: object) =>
  layer.apply(x, kwargs as never) as Symbolic;
const model = (inputs: Symbolic | Symbolic[], outputs: Symbolic | Symbolic[], custom?: ZooModel['custom']) =>
  zooModel(tf.model({ inputs, outputs }), custom);
const out = (x: Symbolic) => apply(layers.dense({ units: 2, name: 'out' }), x);

/** Layers in a row between an input and a dense output. */
function row(shape: number[], made: tf.layers.Layer[], custom?: ZooModel['custom'], rest: object = {}): ZooModel {
  const x = input(shape, rest);
  return model(x, out(made.reduce((last, layer) => apply(layer, last), x)), custom);
}

function nested(frozen = false): tf.LayersModel {
  const inner = tf.sequential({
    name: 'inner',
    layers: [dense('in1', 8, { inputShape: [6] }), layers.batchNormalization({ name: 'norm' }), dense('in2')],
  });
  if (frozen) inner.getLayer('in1').trainable = false;
  return inner;
}

/** Every combination by name. */
export const combinations: Record<string, () => ZooModel> = {
  'all layers with kernels, over images': () =>
    row(
      [5, 5, 2],
      [
        layers.conv2d({ filters: 4, kernelSize: 2, name: 'conv' }),
        layers.depthwiseConv2d({ kernelSize: 2, depthMultiplier: 2, name: 'depthwise' }),
        layers.separableConv2d({ filters: 4, kernelSize: 2, name: 'separable' }),
        layers.conv2dTranspose({ filters: 4, kernelSize: 2, name: 'transposed' }),
        new HalvedConv2D({ filters: 4, kernelSize: 2, name: 'halved' }),
        layers.flatten(),
        dense('body'),
      ],
    ),
  'all layers with kernels, over volumes': () => {
    const [a, b] = [input([3, 3, 3, 2]), input([2, 3, 3, 2])];
    const volume = apply(layers.conv3d({ filters: 4, kernelSize: 2, name: 'conv' }), a);
    const film = apply(layers.convLstm2d({ filters: 2, kernelSize: 2, name: 'film' }), b);
    const both = [volume, film].map((x) => apply(layers.flatten(), x));
    return model([a, b], out(apply(dense('body'), apply(layers.concatenate(), both))));
  },
  'all layers with kernels, over sequences': () =>
    row(
      [3, 4],
      [
        layers.conv1d({ filters: 4, kernelSize: 2, name: 'conv' }),
        layers.simpleRNN({ units: 4, returnSequences: true, name: 'simple' }),
        layers.gru({ units: 4, returnSequences: true, name: 'gru' }),
        layers.lstm({ units: 4, returnSequences: true, name: 'lstm' }),
        layers.rnn({
          cell: [layers.lstmCell({ units: 3 }), layers.simpleRNNCell({ units: 4 })] as never,
          name: 'cells',
        }),
        dense('body'),
      ],
    ),
  'wrappers behind an embedding': () =>
    row(
      [2],
      [
        layers.embedding({ inputDim: 5, outputDim: 4, name: 'words' }),
        layers.bidirectional({
          layer: layers.lstm({ units: 3, returnSequences: true, name: 'lstm' }) as never,
          mergeMode: 'concat',
          name: 'both',
        }),
        layers.timeDistributed({ layer: dense('step'), name: 'steps' }),
        layers.flatten(),
        dense('body'),
      ],
      {},
      { dtype: 'int32' },
    ),
  'layers of a user’s own': () =>
    row(
      [6],
      [
        new Mixing({ name: 'mixing' }),
        new DoubledDense({ units: 6, name: 'doubled' }),
        new Holding({ name: 'holding', units: 6 }),
        dense('body'),
      ],
      { Mixing: ['mix'] },
    ),
  'a Sequential': () =>
    zooModel(
      tf.sequential({
        layers: [
          dense('a', 8, { inputShape: [6] }),
          layers.batchNormalization({ name: 'norm' }),
          dense('b'),
          dense('out', 2),
        ],
      }),
    ),
  'a nested model': () => row([6], [dense('before'), nested() as never]),
  'a model in a model in a model': () => {
    const middle = input([6]);
    const within = tf.model({
      name: 'middle',
      inputs: middle,
      outputs: apply(dense('mid'), nested().apply(middle) as Symbolic),
    });
    return row([6], [within as never]);
  },
  'a nested model that is called twice': () => {
    const [a, b] = [input([6]), input([6])];
    const inner = nested();
    const both = apply(layers.concatenate(), [inner.apply(a) as Symbolic, inner.apply(b) as Symbolic]);
    return model([a, b], out(both));
  },
  'a shared layer': () => {
    const [a, b] = [input([6]), input([6])];
    const shared = dense('shared');
    return model([a, b], out(apply(layers.add(), [apply(shared, apply(shared, a)), apply(shared, b)])));
  },
  'a shared recurrent layer': () => {
    const [a, b] = [input([2, 4]), input([1, 4])];
    const shared = layers.lstm({ units: 4, name: 'shared' });
    return model([a, b], out(apply(layers.maximum(), [apply(shared, a), apply(shared, b)])));
  },
  'several inputs and outputs': () => {
    const [a, b] = [input([6]), input([5, 5, 2])];
    const image = apply(layers.flatten(), apply(layers.conv2d({ filters: 4, kernelSize: 2, name: 'conv' }), b));
    const both = apply(layers.concatenate(), [apply(dense('a'), a), apply(dense('b'), image)]);
    const body = apply(dense('body', 8), both);
    return model([a, b], [apply(dense('out1', 2), body), apply(dense('out2', 3), apply(dense('head'), body))]);
  },
  'TimeDistributed convolution': () =>
    row(
      [3, 5, 5, 2],
      [
        layers.timeDistributed({ layer: layers.conv2d({ filters: 4, kernelSize: 2, name: 'conv' }), name: 'steps' }),
        layers.flatten(),
        dense('body'),
      ],
    ),
  'TimeDistributed model': () =>
    row([3, 6], [layers.timeDistributed({ layer: nested() as never, name: 'steps' }), layers.flatten()]),
  'Bidirectional GRU that sums, with all steps': () =>
    row(
      [3, 4],
      [
        layers.bidirectional({
          layer: layers.gru({ units: 4, returnSequences: true, name: 'gru' }) as never,
          mergeMode: 'sum',
          name: 'both',
        }),
        layers.flatten(),
      ],
    ),
  'a stack of LSTMs behind a mask': () =>
    row(
      [2],
      [
        layers.embedding({ inputDim: 5, outputDim: 4, maskZero: true, name: 'words' }),
        layers.lstm({ units: 4, returnSequences: true, name: 'lower' }),
        layers.lstm({ units: 4, name: 'upper' }),
      ],
      {},
      { dtype: 'int32' },
    ),
  'an encoder and a decoder': () => {
    const [a, b] = [input([2, 4]), input([2, 4])];
    const encoder = layers.lstm({ units: 4, returnState: true, name: 'encoder' });
    const [, h, c] = encoder.apply(a) as Symbolic[];
    const decoder = layers.lstm({ units: 4, returnSequences: true, name: 'decoder' });
    const steps = apply(decoder, b, { initialState: [h, c] });
    return model([a, b], apply(layers.timeDistributed({ layer: dense('word', 3), name: 'words' }), steps));
  },
  'a stateful recurrent layer': () =>
    row(
      [3, 4],
      [layers.simpleRNN({ units: 4, stateful: true, name: 'state' }), dense('body')],
      {},
      {
        shape: undefined,
        batchShape: [2, 3, 4],
      },
    ),
  'a recurrent layer with dropout': () =>
    row([2, 4], [layers.lstm({ units: 4, dropout: 0.5, recurrentDropout: 0.5, name: 'lstm' }), dense('body')]),
  'frozen layers': () => {
    const made = [dense('a'), dense('b'), layers.lstm({ units: 4, name: 'lstm' })] as const;
    const [a, b, lstm] = made;
    for (const layer of [a, lstm]) layer.trainable = false;
    const x = input([2, 6]);
    return model(x, out(apply(dense('body'), apply(lstm, apply(b, apply(a, x))))));
  },
  'a frozen layer in a nested model': () => row([6], [nested(true) as never, dense('body')]),
  'a frozen convolution network below': () => {
    const base = tf.sequential({
      name: 'base',
      layers: [
        layers.conv2d({ filters: 4, kernelSize: 2, inputShape: [5, 5, 2], name: 'conv' }),
        layers.batchNormalization({ name: 'norm' }),
        layers.flatten(),
      ],
    });
    base.trainable = false;
    return row([5, 5, 2], [base as never, dense('body')]);
  },
  'a custom layer': () => row([6], [new Mixing({ name: 'mixing' }), dense('body')], { Mixing: ['mix'] }),
  'a subclass of Dense': () => row([6], [new DoubledDense({ units: 6, name: 'doubled' }), dense('body')]),
  'a subclass of Conv2D': () =>
    row(
      [5, 5, 2],
      [
        layers.depthwiseConv2d({ kernelSize: 2, name: 'depth' }),
        new HalvedConv2D({ filters: 4, kernelSize: 2, name: 'halved' }),
        layers.flatten(),
        dense('body'),
      ],
    ),
  'a layer that holds one': () => row([6], [new Holding({ name: 'holding', units: 6 }), dense('body')]),
  'a TimeDistributed layer that holds one': () =>
    row(
      [3, 6],
      [
        layers.timeDistributed({ layer: new Holding({ name: 'holding', units: 6 }), name: 'steps' }),
        layers.flatten(),
        dense('body'),
      ],
    ),
  'regularisers and constraints': () =>
    row(
      [6],
      [
        dense('a', 6, {
          kernelRegularizer: tf.regularizers.l2({ l2: 0.01 }),
          kernelConstraint: tf.constraints.nonNeg(),
        }),
        dense('b', 6, { kernelConstraint: tf.constraints.maxNorm({ maxValue: 1, axis: 0 }) }),
        dense('c', 6, { kernelConstraint: tf.constraints.unitNorm({ axis: 0 }) }),
        dense('d', 6, { kernelConstraint: tf.constraints.minMaxNorm({ minValue: 0.5, maxValue: 1, axis: 0 }) }),
      ],
    ),
  'convolutions without bias and with strides': () =>
    row(
      [7, 7, 2],
      [
        layers.conv2d({ filters: 4, kernelSize: 3, padding: 'same', useBias: false, name: 'plain' }),
        layers.batchNormalization({ name: 'norm' }),
        layers.conv2d({ filters: 4, kernelSize: [1, 3], strides: 2, activation: 'relu', name: 'strided' }),
        layers.globalAveragePooling2d({}),
        dense('body'),
      ],
    ),
  'residual blocks': () => {
    const x = input([6, 6, 4]);
    const block = (name: string, from: Symbolic) => {
      const conv = layers.conv2d({ filters: 4, kernelSize: 3, padding: 'same', useBias: false, name: `${name}_conv` });
      const norm = layers.batchNormalization({ name: `${name}_norm` });
      return apply(layers.reLU(), apply(layers.add(), [from, apply(norm, apply(conv, from))]));
    };
    const body = block('second', block('first', x));
    return model(x, out(apply(layers.globalAveragePooling2d({}), body)));
  },
  'all layers without kernels, element by element': () =>
    row(
      [6],
      [
        // tfjs has no gradient of it, so it comes before anything that is trained.
        layers.thresholdedReLU({ theta: 0.01 }),
        layers.activation({ activation: 'tanh' }),
        layers.leakyReLU(),
        layers.prelu({ name: 'prelu' }),
        layers.elu(),
        layers.batchNormalization({ name: 'batch_norm' }),
        layers.layerNormalization({ name: 'layer_norm' }),
        layers.dropout({ rate: 0.2 }),
        layers.gaussianNoise({ stddev: 0.1 }),
        layers.gaussianDropout({ rate: 0.2 }),
        layers.alphaDropout({ rate: 0.2 }),
        layers.softmax(),
        dense('body'),
      ],
    ),
  'layers without kernels, over images': () =>
    row(
      [8, 8, 2],
      [
        layers.rescaling({ scale: 2, offset: 0 } as never),
        layers.zeroPadding2d({}),
        layers.cropping2D({ cropping: 1 as never }),
        layers.conv2d({ filters: 4, kernelSize: 3, name: 'conv' }),
        layers.upSampling2d({}),
        layers.maxPooling2d({ poolSize: 2 }),
        layers.averagePooling2d({ poolSize: 2 }),
        layers.globalMaxPooling2d({}),
        dense('body'),
      ],
    ),
  'layers without kernels, over sequences': () =>
    row(
      [8, 6],
      [
        layers.masking({ maskValue: 9 }),
        layers.permute({ dims: [2, 1] }),
        layers.conv1d({ filters: 4, kernelSize: 2, name: 'conv' }),
        layers.spatialDropout1d({ rate: 0.2 } as never),
        layers.maxPooling1d({ poolSize: 2 }),
        layers.reshape({ targetShape: [8] }),
        layers.repeatVector({ n: 2 }),
        layers.globalAveragePooling1d({}),
        dense('body'),
      ],
    ),
  'all merging layers': () => {
    const [a, b] = [input([6]), input([6])];
    const branches = () => [apply(dense(`left${count}`), a), apply(dense(`right${count++}`), b)];
    let count = 0;
    const makes = [layers.add, layers.average, layers.maximum, layers.minimum, layers.multiply, layers.concatenate];
    const merged = makes.map((make) => apply((make as () => tf.layers.Layer)(), branches()));
    return model([a, b], out(apply(layers.concatenate(), [...merged, apply(layers.dot({ axes: 1 }), branches())])));
  },
};
