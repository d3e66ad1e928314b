/** What PyTorch's layout of a variable depends on is not known, or PyTorch has no such layer: refused by name. */

import { exportWeights, importWeights, pytorchNames, WeightsError } from '@winnow/models';
import type { NamedArray } from '@winnow/safetensors';
import { tf } from '@winnow/tensorflow';
import { describe, expect, it } from 'vitest';

const { layers } = tf;
type Tensor = tf.SymbolicTensor;
const ownNames = pytorchNames((layer) => layer);
const fc = (units = 3) => layers.dense({ units, useBias: false, name: 'fc' });
const conv = (filters = 3) => layers.conv2d({ filters, kernelSize: 2, useBias: false, name: 'conv' });
const conv1d = () => layers.conv1d({ filters: 4, kernelSize: 1, useBias: false, name: 'conv' });
const flat = () => layers.flatten({ name: 'flat' });

class Twice extends layers.Layer {
  static className = 'Twice';
  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.mul([inputs].flat()[0] as tf.Tensor, 2);
  }
  override computeOutputShape(shape: tf.Shape): tf.Shape {
    return shape;
  }
}

class Scaled extends Twice {
  static override className = 'Scaled';
  override build(shape: tf.Shape): void {
    this.addWeight('kernel', [shape.at(-1) as number, 2], 'float32', tf.initializers.ones());
    this.built = true;
  }
}

function stack(inputShape: number[], ...parts: tf.layers.Layer[]): tf.LayersModel {
  const input = tf.input({ shape: inputShape });
  return tf.model({ inputs: input, outputs: parts.reduce((x, layer) => layer.apply(x) as Tensor, input) });
}

function twoPaths(): tf.LayersModel {
  const input = tf.input({ shape: [2, 3, 4] });
  const shared = fc();
  const a = layers.flatten().apply(layers.reLU().apply(input) as Tensor) as Tensor;
  const b = layers.flatten().apply(layers.permute({ dims: [1, 2, 3] }).apply(pooled(input)) as Tensor) as Tensor;
  const outputs = layers.add().apply([shared.apply(a) as Tensor, shared.apply(b) as Tensor]) as Tensor;
  return tf.model({ inputs: input, outputs });
}

/** [1, 1, 24] of a [2, 3, 4]. */
function pooled(input: Tensor): Tensor {
  return layers.conv2d({ filters: 24, kernelSize: [2, 3], useBias: false, name: 'conv' }).apply(input) as Tensor;
}

function twoImages(): tf.LayersModel {
  const input = tf.input({ shape: [5] });
  const vector = fc(12).apply(input) as Tensor;
  const images = [
    [3, 2, 2],
    [1, 4, 3],
  ].map((targetShape, at) => {
    const shaped = layers.reshape({ targetShape }).apply(vector) as Tensor;
    return layers.conv2d({ filters: 1, kernelSize: 1, useBias: false, name: `c${at}` }).apply(shaped) as Tensor;
  });
  return tf.model({ inputs: input, outputs: images });
}

function sumOfSequences(): tf.LayersModel {
  const words = tf.input({ shape: [6] });
  const wave = tf.input({ shape: [6, 4] });
  const embedded = layers.embedding({ inputDim: 9, outputDim: 4, name: 'embed' }).apply(words) as Tensor;
  const sum = layers.add({ name: 'sum' }).apply([embedded, conv1d().apply(wave) as Tensor]) as Tensor;
  return tf.model({ inputs: [words, wave], outputs: fc().apply(flat().apply(sum) as Tensor) as Tensor });
}

const afterLayer = (layer: string) => `PyTorch's order of the features is not known after ${layer}`;

const refused: [string, () => tf.LayersModel, string, string][] = [
  [
    'Permute before Flatten',
    () => stack([6, 4], layers.permute({ dims: [2, 1], name: 'turn' }), flat(), fc()),
    'fc/kernel',
    afterLayer("'turn' (Permute)"),
  ],
  [
    'a custom layer before Flatten',
    () => stack([2, 3, 2], conv(), new Twice({ name: 'twice' }), flat(), fc()),
    'fc/kernel',
    afterLayer("'twice' (Twice)"),
  ],
  [
    'a custom layer after Flatten',
    () => stack([3, 3, 2], conv(), flat(), new Twice({ name: 'twice' }), fc()),
    'fc/kernel',
    afterLayer("'twice' (Twice)"),
  ],
  [
    'Reshape that mixes places with channels',
    () =>
      stack(
        [3, 4, 2],
        conv(),
        layers.reshape({ targetShape: [2, 9], name: 'rows' }),
        layers.dense({ units: 2, useBias: false, name: 'fc' }),
      ),
    'fc/kernel',
    afterLayer("'rows' (Reshape)"),
  ],
  ['paths that bring other orders to one layer', twoPaths, 'fc/kernel', "the two calls of 'fc', which differ"],
  ['one vector as two different images', twoImages, 'fc/kernel', afterLayer("'fc' (Dense)")],
  ...(['add', 'multiply', 'maximum', 'average'] as const).map(
    (kind): [string, () => tf.LayersModel, string, string] => [
      `a flattened image and what a dense layer gives: ${kind}`,
      () => {
        const input = tf.input({ shape: [3, 4, 2] });
        const image = flat().apply(conv(4).apply(input) as Tensor) as Tensor;
        const vector = layers.dense({ units: 24, name: 'vector' }).apply(image) as Tensor;
        const both = layers[kind]({ name: 'both' } as never).apply([image, vector]) as Tensor;
        return tf.model({ inputs: input, outputs: fc().apply(both) as Tensor });
      },
      'fc/kernel',
      "whose inputs have their features in different orders; the name map can give it as the variable's order",
    ],
  ),
  ['sequences of two kinds, added', sumOfSequences, 'fc/kernel', afterLayer("'sum' (Add)")],
  [
    'BatchNorm on a sequence of recurrent layers',
    () =>
      stack(
        [6],
        layers.embedding({ inputDim: 9, outputDim: 4, name: 'embed' }),
        layers.batchNormalization({ name: 'norm' }),
        flat(),
        fc(),
      ),
    'fc/kernel',
    afterLayer("'norm' (BatchNormalization)"),
  ],
  [
    'a convolution of a vector that no dense layer makes',
    () => stack([24], layers.reshape({ targetShape: [3, 4, 2], name: 'image' }), conv()),
    'conv/kernel',
    afterLayer("'image' (Reshape)"),
  ],
  [
    'BatchNorm after what is lost',
    () =>
      stack(
        [6, 4],
        layers.permute({ dims: [2, 1], name: 'turn' }),
        flat(),
        layers.batchNormalization({ scale: false, center: false, name: 'fc' }),
      ),
    'fc/moving_mean',
    afterLayer("'turn' (Permute)"),
  ],
  [
    'GRU',
    () => stack([6, 4], layers.gru({ units: 2, useBias: false, name: 'gru' })),
    'gru/kernel',
    "tf.layers' GRU resets the state before the recurrent product, PyTorch's after",
  ],
  [
    "LSTM with tf.layers' own activation",
    () => stack([6, 4], layers.lstm({ units: 2, useBias: false, name: 'lstm' })),
    'lstm/kernel',
    "PyTorch's LSTM has the recurrentActivation 'sigmoid', not 'hardSigmoid'",
  ],
  [
    'SimpleRNN with another activation',
    () => stack([6, 4], layers.simpleRNN({ units: 2, activation: 'elu', name: 'rnn' })),
    'rnn/kernel',
    "PyTorch's SimpleRNN has the activation 'tanh' or 'relu', not 'elu'",
  ],
  [
    'cells',
    () => stack([6, 4], layers.rnn({ cell: layers.lstmCell({ units: 2 }), name: 'rnn' })),
    'rnn/kernel',
    'cells in a plain RNN have no names of their own in PyTorch; use a recurrent layer for each',
  ],
  [
    'PReLU with a slope for every place',
    () => stack([3, 4, 2], layers.prelu({ name: 'slopes' })),
    'slopes/alpha',
    "PyTorch's PReLU has one slope for each channel, not [3,4,2]; use sharedAxes",
  ],
  [
    'LayerNorm on axes that are not the last ones',
    () => stack([3, 4, 2], layers.layerNormalization({ axis: [1, 2], name: 'norm' })),
    'norm/gamma',
    "PyTorch's LayerNorm works on the last axes, not on [1,2] of 4",
  ],
  [
    'the kernel of a custom layer',
    () => stack([3], new Scaled({ name: 'scaled' })),
    'scaled/kernel',
    "PyTorch's layout of a Scaled is not known",
  ],
];

describe.each(refused)('%s', (_, make, variable, reason) => {
  it('is refused by name on import and on export', () => {
    const model = make();
    const before = model.getWeights().map((value) => [...value.dataSync()]);
    let error: unknown;
    try {
      importWeights(model, new Map(), ownNames);
    } catch (caught) {
      error = caught;
    }
    expect(error).toBeInstanceOf(WeightsError);
    const { unknown, message } = error as WeightsError;
    expect(unknown.some((line) => line.startsWith(`${variable}: `) && line.includes(reason))).toBe(true);
    expect(message).toContain(reason);
    expect(() => exportWeights(model, ownNames)).toThrow(/^exportWeights: .*: /);
    expect(() => exportWeights(model, ownNames)).toThrow(reason);
    expect(model.getWeights().map((value) => [...value.dataSync()])).toEqual(before);
    // In tf.layers' own layout nothing is in doubt.
    importWeights(model, exportWeights(model));
  });
});

describe('a name map can say', () => {
  const model = () => stack([2, 3], layers.permute({ dims: [2, 1], name: 'turn' }), flat(), fc(1));
  const state = new Map<string, NamedArray>([
    ['fc.weight', { shape: [1, 6], values: Float32Array.of(0, 1, 2, 3, 4, 5) }],
  ]);

  it.each([
    ['that the order is the same', 'same' as const, [0, 1, 2, 3, 4, 5]],
    ['which order it is', [0, 2, 4, 1, 3, 5], [0, 2, 4, 1, 3, 5]],
  ])('%s', (_, order, expected) => {
    const target = model();
    const names = pytorchNames({ fc: 'fc' }, { orders: { 'fc/kernel': order } });
    importWeights(target, state, names);
    expect([...target.getWeights()[0]!.dataSync()]).toEqual(expected);
    expect(exportWeights(target, names)).toEqual(state);
  });

  it('only an order that holds every feature once', () => {
    for (const order of [
      [0, 1, 2, 3, 4],
      [0, 1, 2, 3, 4, 4],
      [0, 1, 2, 3, 4, 6],
      [0, 1, 2, 3, 4, 0.5],
    ]) {
      const names = pytorchNames({ fc: 'fc' }, { orders: { 'fc/kernel': order } });
      expect(() => importWeights(model(), state, names)).toThrow(
        `importWeights: the order of 'fc/kernel' must hold each of 0 to 5 once, got [${order}]`,
      );
    }
  });

  it('the kind of a variable of a custom layer', () => {
    const target = stack([3], new Scaled({ name: 'scaled' }));
    const names = { ...ownNames, tensorOf: () => ({ name: 'w', kind: 'linear' as const }) };
    importWeights(target, new Map([['w', { shape: [2, 3], values: Float32Array.of(1, 2, 3, 4, 5, 6) }]]), names);
    expect([...target.getWeights()[0]!.dataSync()]).toEqual([1, 4, 2, 5, 3, 6]);
  });

  it('to skip what is refused', () => {
    importWeights(model(), state, pytorchNames({ fc: 'fc' }), { skip: ['fc/*'] });
  });
});

describe('a name map that cannot be', () => {
  it.each([
    [{ fc: { module: 'lstm', layer: -1 } }, "the layer of 'fc' must be an integer in [0, 2147483647], got -1"],
    [{ fc: { layer: 1 } }, "the module of 'fc' must be a name or {module, layer}"],
    [{ fc: { module: 'lstm', layers: 1 } }, "the module of 'fc' has no 'layers'; did you mean 'layer'?"],
  ])('%j', (modules, message) => {
    expect(() => pytorchNames(modules as never)).toThrow(`pytorchNames: ${message}`);
  });

  it('says that a dense layer is no layer of a stack', () => {
    const model = stack([4], fc());
    const names = pytorchNames({ fc: { module: 'lstm', layer: 1 } });
    expect(() => exportWeights(model, names)).toThrow(
      "pytorchNames: 'fc' is no LSTM or SimpleRNN, so it is no layer 1",
    );
  });
});
