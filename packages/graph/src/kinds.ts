/** Dense and convolution layers: a kernel, a bias and an activation of their own. */
export const AFFINE_LAYERS = [
  'Dense',
  'Conv1D',
  'Conv2D',
  'Conv3D',
  'Conv2DTranspose',
  'Conv3DTranspose',
  'DepthwiseConv2D',
  'SeparableConv2D',
] as const;

/** The stock layers of tf.layers 4.22, by class name. */
export const STOCK_LAYERS = [
  'InputLayer',
  ...AFFINE_LAYERS,
  'Embedding',
  // Recurrent, their cells, wrappers.
  'SimpleRNN',
  'GRU',
  'LSTM',
  'ConvLSTM2D',
  'RNN',
  'SimpleRNNCell',
  'GRUCell',
  'LSTMCell',
  'ConvLSTM2DCell',
  'TimeDistributed',
  'Bidirectional',
  // Element by element.
  'Activation',
  'ReLU',
  'LeakyReLU',
  'PReLU',
  'ELU',
  'ThresholdedReLU',
  'Softmax',
  'BatchNormalization',
  'LayerNormalization',
  'Dropout',
  'SpatialDropout1D',
  'GaussianNoise',
  'GaussianDropout',
  'AlphaDropout',
  'Masking',
  'Rescaling',
  // Several inputs.
  'Add',
  'Average',
  'Maximum',
  'Minimum',
  'Multiply',
  'Concatenate',
  'Dot',
  // Shapes, pooling, images.
  'Flatten',
  'Reshape',
  'Permute',
  'RepeatVector',
  'ZeroPadding2D',
  'Cropping2D',
  'UpSampling2D',
  'AveragePooling1D',
  'AveragePooling2D',
  'AveragePooling3D',
  'MaxPooling1D',
  'MaxPooling2D',
  'MaxPooling3D',
  'GlobalAveragePooling1D',
  'GlobalAveragePooling2D',
  'GlobalMaxPooling1D',
  'GlobalMaxPooling2D',
  'CenterCrop',
  'Resizing',
  'CategoryEncoding',
  'RandomWidth',
  'RandomHeight',
] as const;

/** What a node computes: a stock layer's class name; `'Model'` for a nested model; `'custom'` for everything else. */
export type LayerKind = (typeof STOCK_LAYERS)[number] | 'Model' | 'custom';

const stock: ReadonlySet<string> = new Set(STOCK_LAYERS);

/** The kind of a layer with this class name. */
export function kindOf(className: string): LayerKind {
  return stock.has(className) ? (className as LayerKind) : 'custom';
}

/** What a weight is to its layer; `'other'` for those of custom layers, whatever their names. */
export type WeightRole =
  | 'kernel'
  | 'bias'
  | 'depthwiseKernel'
  | 'pointwiseKernel'
  | 'recurrentKernel'
  | 'embeddings'
  | 'gamma'
  | 'beta'
  | 'movingMean'
  | 'movingVariance'
  | 'alpha'
  | 'other';

/** What tf.layers' stock layers call their variables. */
const ROLES: ReadonlyMap<string, WeightRole> = new Map([
  ['kernel', 'kernel'],
  ['bias', 'bias'],
  ['depthwise_kernel', 'depthwiseKernel'],
  ['pointwise_kernel', 'pointwiseKernel'],
  ['recurrent_kernel', 'recurrentKernel'],
  ['embeddings', 'embeddings'],
  ['gamma', 'gamma'],
  ['beta', 'beta'],
  ['moving_mean', 'movingMean'],
  ['moving_variance', 'movingVariance'],
  ['alpha', 'alpha'],
]);

/** The role of a weight by the last part of its name. */
export function roleOf(kind: LayerKind, name: string): WeightRole {
  return (kind === 'custom' ? undefined : ROLES.get(name)) ?? 'other';
}
