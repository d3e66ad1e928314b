import type * as tf from '@tensorflow/tfjs';
import { masksOfSparsity } from './cut-lowest.js';
import { oneByOne, type Pattern } from './pattern.js';

/** The same number of weights in every column, so that every unit has the same fan-in. */
export const column: Pattern = {
  ...oneByOne,
  name: 'column',
  allocations: ['uniform', 'erk'],
  cut: (collected, sparsity) => masksOfSparsity([collected], sparsity, 'column')[0] as tf.Tensor,
};
