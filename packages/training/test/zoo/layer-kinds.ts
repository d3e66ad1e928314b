/** One small model for every layer class of tf.layers. */

import type { STOCK_LAYERS } from '@winnow/graph';
import { tf } from '@winnow/tensorflow';
import { type ZooModel, zooModel } from './zoo-model.js';

const { layers } = tf;
type Make = () => tf.layers.Layer;
type Kind = (typeof STOCK_LAYERS)[number];

const image = [8, 8, 2];
const sequence = [4, 6];

/** A layer class in a small model. */
export interface LayerKind {
  readonly shape: number[];
  readonly make: Make;
  /** How many kernels the layer has. */
  readonly kernels: number;
  readonly dtype: 'float32' | 'int32';
  /** Whether it reads two tensors. */
  readonly isMerge?: boolean;
}

const of = (shape: number[], make: Make, kernels = 0, dtype: LayerKind['dtype'] = 'float32'): LayerKind => ({
  shape,
  make,
  kernels,
  dtype,
});
const merge = (make: Make): LayerKind => ({ shape: [6], make, kernels: 0, dtype: 'float32', isMerge: true });
const cell = (make: () => unknown) => () => layers.rnn({ cell: make() as never, name: 'x' });
const name = 'x';

/** The layer under test, what it reads, and how many kernels it has. */
export const layerKinds: Record<Exclude<Kind, 'InputLayer'>, LayerKind> = {
  Dense: of([6], () => layers.dense({ units: 4, name }), 1),
  Conv1D: of(sequence, () => layers.conv1d({ filters: 4, kernelSize: 2, name }), 1),
  Conv2D: of(image, () => layers.conv2d({ filters: 4, kernelSize: 3, name }), 1),
  Conv3D: of([4, 4, 4, 2], () => layers.conv3d({ filters: 4, kernelSize: 2, name }), 1),
  Conv2DTranspose: of([4, 4, 2], () => layers.conv2dTranspose({ filters: 4, kernelSize: 2, name }), 1),
  Conv3DTranspose: of([3, 3, 3, 2], () => layers.conv3dTranspose({ filters: 4, kernelSize: 2, name }), 1),
  DepthwiseConv2D: of(image, () => layers.depthwiseConv2d({ kernelSize: 3, depthMultiplier: 2, name }), 1),
  SeparableConv2D: of(image, () => layers.separableConv2d({ filters: 4, kernelSize: 3, name }), 2),
  Embedding: of([4], () => layers.embedding({ inputDim: 5, outputDim: 4, name }), 1, 'int32'),
  SimpleRNN: of(sequence, () => layers.simpleRNN({ units: 4, name }), 2),
  GRU: of(sequence, () => layers.gru({ units: 4, name }), 2),
  LSTM: of(sequence, () => layers.lstm({ units: 4, name }), 2),
  ConvLSTM2D: of([2, 4, 4, 2], () => layers.convLstm2d({ filters: 2, kernelSize: 2, name }), 2),
  RNN: of(
    sequence,
    cell(() => [layers.gruCell({ units: 3 }), layers.simpleRNNCell({ units: 4 })]),
    4,
  ),
  SimpleRNNCell: of(
    sequence,
    cell(() => layers.simpleRNNCell({ units: 4 })),
    2,
  ),
  GRUCell: of(
    sequence,
    cell(() => layers.gruCell({ units: 4 })),
    2,
  ),
  LSTMCell: of(
    sequence,
    cell(() => layers.lstmCell({ units: 4 })),
    2,
  ),
  // tf.layers runs it within ConvLSTM2D only.
  ConvLSTM2DCell: of([2, 4, 4, 2], () => layers.convLstm2d({ filters: 2, kernelSize: 2, name }), 2),
  TimeDistributed: of(sequence, () => layers.timeDistributed({ layer: layers.dense({ units: 4 }), name }), 1),
  Bidirectional: of(
    sequence,
    () => layers.bidirectional({ layer: layers.lstm({ units: 3 }) as never, mergeMode: 'concat', name }),
    4,
  ),
  Activation: of([6], () => layers.activation({ activation: 'tanh', name })),
  ReLU: of([6], () => layers.reLU({ name })),
  LeakyReLU: of([6], () => layers.leakyReLU({ name })),
  PReLU: of([6], () => layers.prelu({ name })),
  ELU: of([6], () => layers.elu({ name })),
  ThresholdedReLU: of([6], () => layers.thresholdedReLU({ name })),
  Softmax: of([6], () => layers.softmax({ name })),
  BatchNormalization: of([6], () => layers.batchNormalization({ name })),
  LayerNormalization: of([6], () => layers.layerNormalization({ name })),
  Dropout: of([6], () => layers.dropout({ rate: 0.5, name })),
  SpatialDropout1D: of(sequence, () => layers.spatialDropout1d({ rate: 0.5, name } as never)),
  GaussianNoise: of([6], () => layers.gaussianNoise({ stddev: 0.5, name })),
  GaussianDropout: of([6], () => layers.gaussianDropout({ rate: 0.5, name })),
  AlphaDropout: of([6], () => layers.alphaDropout({ rate: 0.5, name })),
  Masking: of(sequence, () => layers.masking({ name })),
  Rescaling: of(image, () => layers.rescaling({ scale: 2, offset: 0, name } as never)),
  Add: merge(() => layers.add({ name })),
  Average: merge(() => layers.average({ name })),
  Maximum: merge(() => layers.maximum({ name })),
  Minimum: merge(() => layers.minimum({ name })),
  Multiply: merge(() => layers.multiply({ name })),
  Concatenate: merge(() => layers.concatenate({ name })),
  Dot: merge(() => layers.dot({ axes: 1, name })),
  Flatten: of(image, () => layers.flatten({ name })),
  Reshape: of([6], () => layers.reshape({ targetShape: [2, 3], name })),
  Permute: of(sequence, () => layers.permute({ dims: [2, 1], name })),
  RepeatVector: of([6], () => layers.repeatVector({ n: 2, name })),
  ZeroPadding2D: of(image, () => layers.zeroPadding2d({ name })),
  Cropping2D: of(image, () => layers.cropping2D({ cropping: 1 as never, name })),
  UpSampling2D: of([3, 3, 2], () => layers.upSampling2d({ name })),
  AveragePooling1D: of(sequence, () => layers.averagePooling1d({ poolSize: 2, name })),
  AveragePooling2D: of(image, () => layers.averagePooling2d({ poolSize: 2, name })),
  AveragePooling3D: of([4, 4, 4, 2], () => layers.averagePooling3d({ poolSize: 2, name })),
  MaxPooling1D: of(sequence, () => layers.maxPooling1d({ poolSize: 2, name })),
  MaxPooling2D: of(image, () => layers.maxPooling2d({ poolSize: 2, name })),
  MaxPooling3D: of([4, 4, 4, 2], () => layers.maxPooling3d({ poolSize: 2, name })),
  GlobalAveragePooling1D: of(sequence, () => layers.globalAveragePooling1d({ name })),
  GlobalAveragePooling2D: of(image, () => layers.globalAveragePooling2d({ name })),
  GlobalMaxPooling1D: of(sequence, () => layers.globalMaxPooling1d({ name })),
  GlobalMaxPooling2D: of(image, () => layers.globalMaxPooling2d({ name })),
  CenterCrop: of(image, () => layers.centerCrop({ height: 4, width: 4, name } as never)),
  Resizing: of(image, () => layers.resizing({ height: 4, width: 4, name } as never)),
  CategoryEncoding: of(
    [4],
    () => layers.categoryEncoding({ numTokens: 5, outputMode: 'multiHot', name } as never),
    0,
    'int32',
  ),
  RandomWidth: of(image, () => layers.randomWidth({ factor: 0.2, name } as never)),
  // tf.layers has no function that makes one.
  RandomHeight: of(image, () =>
    (layers as unknown as Record<string, (args: object) => tf.layers.Layer>)['randomHeight']!({ name }),
  ),
};

/** The layer between an input and two dense layers, compiled, with examples of its shape. */
export function layerModel({ shape, make, dtype, isMerge }: LayerKind): ZooModel {
  const input = tf.input({ shape, dtype });
  const read = isMerge
    ? [0, 1].map((i) => layers.dense({ units: 6, name: `branch${i}` }).apply(input) as tf.SymbolicTensor)
    : input;
  let x = make().apply(read) as tf.SymbolicTensor;
  if (x.shape.length > 2) x = layers.flatten().apply(x) as tf.SymbolicTensor;
  x = layers.dense({ units: 4, name: 'body', activation: 'tanh' }).apply(x) as tf.SymbolicTensor;
  const output = layers.dense({ units: 2, name: 'out' }).apply(x) as tf.SymbolicTensor;
  return zooModel(tf.model({ inputs: input, outputs: output }), {}, [shape]);
}
