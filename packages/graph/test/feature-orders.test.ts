import * as tf from '@tensorflow/tfjs';
import { type Features, featureOrders, graphOf } from '@winnow/graph';
import { describe, expect, it } from 'vitest';

const { layers } = tf;
type Tensor = tf.SymbolicTensor;

/** What the layers read, by path. */
function readBy(model: tf.LayersModel): Record<string, Features> {
  return Object.fromEntries([...featureOrders(graphOf(model))].map(([{ path }, { input }]) => [path, input]));
}

function stack(inputShape: number[], ...parts: tf.layers.Layer[]): tf.LayersModel {
  const input = tf.input({ shape: inputShape });
  return tf.model({ inputs: input, outputs: parts.reduce((x, layer) => layer.apply(x) as Tensor, input) });
}

const flat = () => layers.flatten({ name: 'flat' });
const fc = (units = 2) => layers.dense({ units, name: 'fc' });
const conv = (name = 'conv') => layers.conv2d({ filters: 2, kernelSize: 1, name });
const reshape = (...targetShape: number[]) => layers.reshape({ targetShape, name: 'shape' });
/** [place, channel] of 3 places and 2 channels; elsewhere [channel, place]. */
const moved = [0, 3, 1, 4, 2, 5];

describe('featureOrders', () => {
  it('follows features from Flatten through layers that leave them where they are', () => {
    const found = readBy(
      stack([3, 1, 2], conv(), flat(), layers.elu(), layers.batchNormalization({ name: 'norm' }), fc()),
    );
    expect([found['norm']?.order, found['fc']?.order]).toEqual([moved, moved]);
  });

  it('has nothing to change for one place, one channel, sequences of recurrent layers and after pooling', () => {
    const lstm = () => layers.lstm({ units: 2, returnSequences: true });
    for (const model of [
      stack([1, 1, 6], flat(), fc()),
      stack([3, 2, 1], flat(), fc()),
      stack([3, 2], lstm(), flat(), fc()),
      stack([3, 1, 2], conv(), layers.globalMaxPooling2d({}), fc()),
    ]) {
      expect(readBy(model)['fc']).toEqual({ axes: 'last', order: undefined });
    }
  });

  it('takes an image without channels as it is', () => {
    const found = readBy(stack([3, 2], reshape(3, 2, 1), conv(), flat(), fc()));
    expect(found['conv']?.lost).toBeUndefined();
    expect(found['fc']?.order).toEqual([0, 6, 1, 7, 2, 8, 3, 9, 4, 10, 5, 11]);
  });

  it('puts parts behind each other', () => {
    const input = tf.input({ shape: [3, 1, 2] });
    const parts = [flat().apply(input), layers.globalMaxPooling2d({}).apply(input), layers.flatten().apply(input)];
    const joined = layers.concatenate().apply(parts as Tensor[]) as Tensor;
    const found = readBy(tf.model({ inputs: input, outputs: fc().apply(joined) as Tensor }));
    expect(found['fc']?.order).toEqual([...moved, 6, 7, ...moved.map((number) => number + 8)]);
  });

  it('gives a dense layer the order of the image that is made of what it gives', () => {
    const model = stack([4], fc(6), layers.reLU(), reshape(3, 1, 2), conv());
    const [output] = [...featureOrders(graphOf(model))]
      .filter(([{ path }]) => path === 'fc')
      .map(([, all]) => all.output);
    expect(output?.order).toEqual(moved);
  });

  it.each<[string, (image: Tensor, dense: Tensor, input: Tensor) => Tensor[]]>([
    ['is an output of the network', (image, dense) => [image, dense]],
    ['goes into a sum with another vector', (image, dense, input) => [image, imageOfSum(dense, input)]],
  ])('gives none if the vector also %s', (_, outputsOf) => {
    const input = tf.input({ shape: [6] });
    const dense = fc(6).apply(input) as Tensor;
    const image = conv().apply(reshape(3, 1, 2).apply(dense) as Tensor) as Tensor;
    const model = tf.model({ inputs: input, outputs: outputsOf(image, dense, input) });
    const [output] = [...featureOrders(graphOf(model))]
      .filter(([{ path }]) => path === 'fc')
      .map(([, all]) => all.output);
    expect(output?.lost).toBe("'fc' (Dense)");
  });

  it('knows two nested calls apart, and one order of a layer that is called with one', () => {
    const inner = stack([3, 1, 2], conv('inner_conv'), flat(), fc());
    inner.name = 'inner';
    const [a, b] = [tf.input({ shape: [3, 1, 2] }), tf.input({ shape: [3, 1, 2] })];
    const sum = layers.add().apply([inner.apply(a) as Tensor, inner.apply(b) as Tensor]) as Tensor;
    expect(readBy(tf.model({ inputs: [a, b], outputs: sum }))['inner/fc']?.order).toEqual(moved);
    const other = fc();
    const straight = other.apply(
      layers.globalMaxPooling2d({}).apply(layers.conv2d({ filters: 6, kernelSize: 1 }).apply(a) as Tensor) as Tensor,
    );
    const outputs = [straight, other.apply(layers.flatten().apply(a) as Tensor)] as Tensor[];
    expect(readBy(tf.model({ inputs: a, outputs }))['fc']?.lost).toBe("the two calls of 'fc', which differ");
  });

  it('goes into TimeDistributed', () => {
    const each = (layer: tf.layers.Layer) => layers.timeDistributed({ layer });
    const found = readBy(stack([4, 3, 1, 2], each(conv('inner')), each(flat()), fc()));
    expect(found['fc']?.order).toEqual(moved);
    // The rows of an image as steps: elsewhere they may have their channels first or last.
    const rows = readBy(stack([4, 3, 2], conv(), layers.timeDistributed({ layer: flat(), name: 'rows' }), fc()));
    expect(rows['fc']?.lost).toBe("'rows' (TimeDistributed)");
  });

  it.each<[string, () => tf.LayersModel, string]>([
    [
      'Permute',
      () => stack([3, 1, 2], layers.permute({ dims: [2, 1, 3], name: 'turn' }), flat(), fc()),
      "'turn' (Permute)",
    ],
    ['a Reshape that mixes', () => stack([2, 3, 2], conv(), reshape(2, 6), fc()), "'shape' (Reshape)"],
    ['a Reshape of a vector', () => stack([6], reshape(3, 1, 2), conv('fc')), "'shape' (Reshape)"],
    [
      'recurrent states in another order',
      () => {
        const [x, image] = [tf.input({ shape: [5, 4] }), tf.input({ shape: [3, 1, 2] })];
        const state = flat().apply(image) as Tensor;
        const rnn = layers.simpleRNN({ units: 6, name: 'fc' });
        return tf.model({ inputs: [x, image], outputs: rnn.apply(x, { initialState: [state] }) as Tensor });
      },
      "'fc' (SimpleRNN)",
    ],
  ])('names the layer after which the order is lost: %s', (_, make, layer) => {
    expect(readBy(make())['fc']?.lost).toBe(layer);
  });
});

function imageOfSum(a: Tensor, b: Tensor): Tensor {
  const sum = layers.add().apply([a, b]) as Tensor;
  return conv('other').apply(layers.reshape({ targetShape: [3, 1, 2] }).apply(sum) as Tensor) as Tensor;
}
