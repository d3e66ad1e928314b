import { cifarResNet, lenet5, lenet300, resnet, vgg16, wideResNet } from '@winnow/models';
import { tf } from '@winnow/tensorflow';
import { expect, it } from 'vitest';
import { compile } from '../src/index.js';
import { expectSame, fill, numbers } from './models.js';

const { layers } = tf;

/** MobileNet's pattern: 3×3 with stride, then depthwise and 1×1, BatchNorm and ReLU6 behind each. */
function mobileNetLike(): tf.LayersModel {
  const input = tf.input({ shape: [24, 24, 3] });
  let x: tf.SymbolicTensor = input;
  const then = (layer: tf.layers.Layer) => {
    x = layer.apply(x) as tf.SymbolicTensor;
    x = layers.batchNormalization({}).apply(x) as tf.SymbolicTensor;
    x = layers.reLU({ maxValue: 6 }).apply(x) as tf.SymbolicTensor;
  };
  then(layers.conv2d({ filters: 8, kernelSize: 3, strides: 2, padding: 'same', useBias: false }));
  for (const [filters, strides] of [
    [16, 1],
    [24, 2],
    [24, 1],
    [32, 2],
  ] as const) {
    then(layers.depthwiseConv2d({ kernelSize: 3, strides, padding: 'same', useBias: false }));
    then(layers.conv2d({ filters, kernelSize: 1, useBias: false }));
  }
  const pooled = layers.globalAveragePooling2d({}).apply(x);
  return tf.model({ inputs: input, outputs: layers.dense({ units: 5 }).apply(pooled) as tf.SymbolicTensor });
}

/** Two inputs, two outputs, a layer that is called twice, a nested model. */
function odd(): tf.LayersModel {
  const [a, b] = [tf.input({ shape: [7, 5, 4], name: 'a' }), tf.input({ shape: [6], name: 'b' })];
  const shared = layers.conv2d({ filters: 4, kernelSize: 3, padding: 'same' });
  const once = shared.apply(a) as tf.SymbolicTensor;
  const twice = shared.apply(layers.batchNormalization({}).apply(once)) as tf.SymbolicTensor;
  const sum = layers.add().apply([once, twice, a]) as tf.SymbolicTensor;
  const nested = tf.sequential({
    layers: [layers.dense({ units: 12, inputShape: [6], activation: 'tanh' }), layers.dense({ units: 4 })],
  });
  const vector = nested.apply(b) as tf.SymbolicTensor;
  const pooled = layers.globalMaxPooling2d({}).apply(sum) as tf.SymbolicTensor;
  const joined = layers.concatenate().apply([pooled, vector]) as tf.SymbolicTensor;
  return tf.model({ inputs: [a, b], outputs: [layers.dense({ units: 3 }).apply(joined) as tf.SymbolicTensor, sum] });
}

const NETWORKS: [string, () => tf.LayersModel][] = [
  ["He's ResNet-32", () => cifarResNet({ depth: 32 })],
  ['ResNet-20 with projections', () => cifarResNet({ depth: 20, shortcut: 'B' })],
  ['a pre-activation ResNet', () => resnet({ depth: 14 })],
  ['WRN-10-2', () => wideResNet({ depth: 10, widen: 2 })],
  ['VGG-16', () => vgg16({ form: 'cifar', width: 16 })],
  ['LeNet-5', () => lenet5({})],
  ['an MLP', () => lenet300({})],
  ['a MobileNet-like network', mobileNetLike],
  ['an odd graph', odd],
];

it.each(NETWORKS)('%s equals TensorFlow', async (_name, make) => {
  for (const sparsity of [0, 0.9, 0.99]) {
    const model = fill(make(), sparsity);
    const session = await compile(model);
    for (const batch of [1, 3, 16, 17]) expectSame(model, session, batch);
    session.dispose();
    model.dispose();
  }
});

it('says how many layers leave zeros out', async () => {
  const session = await compile(fill(cifarResNet({ depth: 8 }), 0.95));
  expect(session.layers).toEqual({ count: 8, sparseInBlocks: 8, sparseAlone: 8 });
  const dense = await compile(fill(cifarResNet({ depth: 8 }), 0.95), { execution: 'dense' });
  expect(dense.layers).toEqual({ count: 8, sparseInBlocks: 0, sparseAlone: 0 });
});

/** Layers, shapes, strides and zeros at random. */
function randomModel(seed: number): { model: tf.LayersModel; batch: number } {
  const next = numbers(seed);
  const pick = <T>(choices: readonly T[]): T => choices[Math.floor(next() * choices.length)] as T;
  const input = tf.input({ shape: [3 + Math.floor(next() * 17), 3 + Math.floor(next() * 17), pick([1, 2, 3, 16])] });
  let x: tf.SymbolicTensor = input;
  const then = (layer: tf.layers.Layer) => {
    x = layer.apply(x) as tf.SymbolicTensor;
  };
  for (let layer = 0; layer < 5; layer++) {
    const padding = 'same' as const;
    pick([
      () =>
        then(
          layers.conv2d({
            filters: pick([1, 5, 16]),
            kernelSize: pick([1, 2, 3, 5]),
            padding,
            strides: pick([1, 1, 2, 3]),
          }),
        ),
      () =>
        then(layers.conv2d({ filters: 16, kernelSize: 3, padding, dilationRate: pick([1, 2]), activation: 'relu' })),
      () =>
        then(layers.depthwiseConv2d({ kernelSize: 3, padding, strides: pick([1, 2]), depthMultiplier: pick([1, 2]) })),
      () => then(layers.batchNormalization({})),
      () => then(layers.reLU({})),
      () => then(layers.maxPooling2d({ poolSize: pick([2, 3]), strides: pick([1, 2]), padding })),
      () => then(layers.averagePooling2d({ poolSize: 3, strides: pick([1, 2]), padding })),
      () => then(layers.zeroPadding2d({ padding: pick([1, 2]) })),
      () => {
        const { shape } = x;
        const branch = layers.conv2d({ filters: shape.at(-1) as number, kernelSize: 3, padding }).apply(x);
        x = layers.add().apply([x, branch as tf.SymbolicTensor]) as tf.SymbolicTensor;
      },
      () => {
        x = layers
          .concatenate()
          .apply([x, layers.activation({ activation: 'sigmoid' }).apply(x) as tf.SymbolicTensor]) as tf.SymbolicTensor;
      },
    ])();
  }
  if (next() < 0.5) {
    then(layers.flatten());
    then(layers.dense({ units: 9 }));
  }
  const model = fill(tf.model({ inputs: input, outputs: x }), pick([0, 0.3, 0.5, 0.8, 0.9, 0.99, 1]), seed);
  return { model, batch: pick([1, 3, 15, 16, 17, 33]) };
}

it('equals TensorFlow on random networks', async () => {
  for (let seed = 0; seed < 80; seed++) {
    const { model, batch } = randomModel(seed);
    const session = await compile(model, { threads: 2 });
    expectSame(model, session, batch, seed);
    session.dispose();
    model.dispose();
  }
});

it('passes NaN on where a weight meets it', async () => {
  const input = tf.input({ shape: [6, 6, 2] });
  const model = fill(
    tf.model({
      inputs: input,
      outputs: layers.reLU({}).apply(layers.conv2d({ filters: 3, kernelSize: 3 }).apply(input)) as tf.SymbolicTensor,
    }),
    0,
  );
  const session = await compile(model);
  for (const batch of [1, 16]) {
    const x = new Float32Array(batch * 72).fill(0.5);
    x[14] = Number.NaN;
    const [y] = session.runSync(x);
    expect(y?.data.slice(0, 48).some(Number.isNaN)).toBe(true);
    expect(y?.data.slice(48).some(Number.isNaN)).toBe(false);
  }
});
