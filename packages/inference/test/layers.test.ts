import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { compile } from '../src/index.js';
import { LAYERS } from '../src/lower/lower.js';
import { expectSame, fill } from './models.js';

const { layers } = tf;
type Build = (input: tf.SymbolicTensor) => tf.SymbolicTensor;
const one =
  (layer: tf.layers.Layer): Build =>
  (input) =>
    layer.apply(input) as tf.SymbolicTensor;
const merged =
  (layer: tf.layers.Layer): Build =>
  (input) => {
    const other = layers.activation({ activation: 'tanh' }).apply(input) as tf.SymbolicTensor;
    return layer.apply([input, other]) as tf.SymbolicTensor;
  };
const same = { padding: 'same' } as const;

/** All of tf.layers 4.22, the newer ones of which its types do not know. */
const ACTIVATIONS = [
  ...['linear', 'relu', 'relu6', 'elu', 'selu', 'sigmoid', 'hardSigmoid', 'tanh', 'softplus', 'softsign'],
  ...['softmax', 'logSoftmax', 'gelu', 'gelu_new', 'mish', 'swish'],
];

/** For every kind of layer its input's shape and the forms in which it is compiled. */
const CASES: Record<string, { shape: number[]; builds: () => Build[] }> = {
  Dense: {
    shape: [5, 6],
    builds: () => [
      one(layers.dense({ units: 7, activation: 'softmax' })),
      one(layers.dense({ units: 3, useBias: false })),
    ],
  },
  Conv1D: {
    shape: [19, 3],
    builds: () => [
      one(layers.conv1d({ filters: 4, kernelSize: 3 })),
      one(layers.conv1d({ filters: 5, kernelSize: 4, strides: 3, ...same })),
      one(layers.conv1d({ filters: 5, kernelSize: 3, dilationRate: 2, ...same, activation: 'relu' })),
    ],
  },
  Conv2D: {
    shape: [11, 9, 3],
    builds: () => [
      one(layers.conv2d({ filters: 4, kernelSize: 3, ...same, activation: 'elu' })),
      one(layers.conv2d({ filters: 16, kernelSize: [1, 5], strides: [2, 1], useBias: false })),
      one(layers.conv2d({ filters: 5, kernelSize: 4, strides: 2, ...same })),
      one(layers.conv2d({ filters: 5, kernelSize: 3, dilationRate: 2, ...same })),
      one(layers.conv2d({ filters: 5, kernelSize: 1, strides: 3 })),
    ],
  },
  DepthwiseConv2D: {
    shape: [10, 7, 4],
    builds: () => [
      one(layers.depthwiseConv2d({ kernelSize: 3, ...same })),
      one(layers.depthwiseConv2d({ kernelSize: 3, strides: 2, depthMultiplier: 3, activation: 'relu6' })),
    ],
  },
  SeparableConv2D: {
    shape: [10, 7, 4],
    builds: () => [one(layers.separableConv2d({ filters: 6, kernelSize: 3, depthMultiplier: 2, ...same }))],
  },
  BatchNormalization: {
    shape: [6, 5, 4],
    builds: () => [one(layers.batchNormalization({})), one(layers.batchNormalization({ scale: false, center: false }))],
  },
  Activation: {
    shape: [6, 5, 3],
    builds: () => ACTIVATIONS.map((name) => one(layers.activation({ activation: name as 'relu' }))),
  },
  ReLU: { shape: [6, 5, 3], builds: () => [one(layers.reLU({})), one(layers.reLU({ maxValue: 0.3 }))] },
  LeakyReLU: { shape: [6, 5, 3], builds: () => [one(layers.leakyReLU({ alpha: 0.2 }))] },
  ELU: { shape: [9], builds: () => [one(layers.elu({}))] },
  ThresholdedReLU: { shape: [9], builds: () => [one(layers.thresholdedReLU({ theta: 0.2 }))] },
  Softmax: { shape: [6, 5], builds: () => [one(layers.softmax({ axis: -1 })), one(layers.softmax({ axis: 2 }))] },
  Dropout: { shape: [9], builds: () => [one(layers.dropout({ rate: 0.5 }))] },
  SpatialDropout1D: { shape: [5, 3], builds: () => [one(layers.spatialDropout1d({ rate: 0.5 }))] },
  GaussianNoise: { shape: [9], builds: () => [one(layers.gaussianNoise({ stddev: 1 }))] },
  GaussianDropout: { shape: [9], builds: () => [one(layers.gaussianDropout({ rate: 0.5 }))] },
  AlphaDropout: { shape: [9], builds: () => [one(layers.alphaDropout({ rate: 0.5 }))] },
  Add: { shape: [6, 5, 3], builds: () => [merged(layers.add())] },
  Multiply: { shape: [6, 5, 3], builds: () => [merged(layers.multiply()), squeeze] },
  Maximum: { shape: [6, 5, 3], builds: () => [merged(layers.maximum())] },
  Minimum: { shape: [9], builds: () => [merged(layers.minimum())] },
  Average: { shape: [6, 5, 3], builds: () => [merged(layers.average())] },
  Concatenate: { shape: [6, 5, 3], builds: () => [merged(layers.concatenate())] },
  Flatten: { shape: [6, 5, 3], builds: () => [one(layers.flatten())] },
  Reshape: {
    shape: [6, 5, 4],
    builds: () => [one(layers.reshape({ targetShape: [3, -1] })), one(layers.reshape({ targetShape: [120] }))],
  },
  MaxPooling1D: { shape: [11, 3], builds: () => [one(layers.maxPooling1d({ poolSize: 3, strides: 2, ...same }))] },
  MaxPooling2D: {
    shape: [11, 8, 3],
    builds: () => [one(layers.maxPooling2d({ poolSize: [3, 2] })), one(layers.maxPooling2d({ strides: 3, ...same }))],
  },
  AveragePooling1D: { shape: [11, 3], builds: () => [one(layers.averagePooling1d({ poolSize: 3 }))] },
  AveragePooling2D: {
    shape: [11, 8, 3],
    builds: () => [one(layers.averagePooling2d({ poolSize: 3, strides: 2, ...same }))],
  },
  GlobalMaxPooling1D: { shape: [11, 3], builds: () => [one(layers.globalMaxPooling1d())] },
  GlobalMaxPooling2D: { shape: [6, 5, 3], builds: () => [one(layers.globalMaxPooling2d({}))] },
  GlobalAveragePooling1D: { shape: [11, 3], builds: () => [one(layers.globalAveragePooling1d({}))] },
  GlobalAveragePooling2D: { shape: [6, 5, 3], builds: () => [one(layers.globalAveragePooling2d({}))] },
  ZeroPadding2D: {
    shape: [6, 5, 3],
    builds: () => [
      one(
        layers.zeroPadding2d({
          padding: [
            [1, 2],
            [0, 3],
          ],
        }),
      ),
      one(layers.zeroPadding2d({ padding: 2, dataFormat: 'channelsFirst' })),
      padded,
    ],
  },
  UpSampling2D: { shape: [6, 5, 3], builds: () => [one(layers.upSampling2d({ size: [2, 3] }))] },
  Rescaling: { shape: [6, 5, 3], builds: () => [one(rescaling())] },
};

/** tfjs 4.22 has the layer, but no function of `layers` that its types know. */
function rescaling(): tf.layers.Layer {
  const make = (layers as unknown as Record<string, (args: object) => tf.layers.Layer>)['rescaling'];
  if (make === undefined) throw new Error('tf.layers.rescaling is missing');
  return make({ scale: 2, offset: -0.5 });
}

/** Squeeze and excite: one number a channel times all pixels. */
function squeeze(input: tf.SymbolicTensor): tf.SymbolicTensor {
  const pooled = layers.globalAveragePooling2d({}).apply(input) as tf.SymbolicTensor;
  const shaped = layers.reshape({ targetShape: [1, 1, 3] }).apply(pooled) as tf.SymbolicTensor;
  return layers.multiply().apply([input, shaped]) as tf.SymbolicTensor;
}

/** Padding that goes into the convolution behind it. */
function padded(input: tf.SymbolicTensor): tf.SymbolicTensor {
  const zeros = layers
    .zeroPadding2d({
      padding: [
        [0, 1],
        [0, 1],
      ],
    })
    .apply(input);
  return layers.conv2d({ filters: 4, kernelSize: 3, strides: 2 }).apply(zeros) as tf.SymbolicTensor;
}

it('has a case for every kind of layer', () => {
  expect(Object.keys(CASES).sort()).toEqual([...LAYERS.keys()].sort());
});

describe.each(Object.entries(CASES))('%s', (_name, { shape, builds }) => {
  it.each([0, 0.8, 1])('equals TensorFlow, %d of the weights 0', async (sparsity) => {
    for (const build of builds()) {
      const input = tf.input({ shape });
      // Something behind and before it, so that passes find what they fuse.
      const before = layers.activation({ activation: 'linear' }).apply(input) as tf.SymbolicTensor;
      const model = fill(tf.model({ inputs: input, outputs: build(before) }), sparsity);
      for (const execution of ['auto', 'sparse', 'dense'] as const) {
        const session = await compile(model, { execution, threads: 1 });
        for (const batch of [1, 3, 17]) expectSame(model, session, batch);
        session.dispose();
      }
      model.dispose();
    }
  });
});
