import type * as tf from '@tensorflow/tfjs';
import { masksOfSparsity } from './cut-lowest.js';
import { oneByOne, type Pattern } from './pattern.js';

/** Single weights, wherever in the layer they are. */
export const layer: Pattern = {
  ...oneByOne,
  name: 'layer',
  allocations: ['uniform', 'erk', 'global'],
  cut: (collected, sparsity) => masksOfSparsity([collected], sparsity, 'layer')[0] as tf.Tensor,
};
