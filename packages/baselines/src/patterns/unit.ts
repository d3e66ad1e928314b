import type * as tf from '@tensorflow/tfjs';
import { rankScores } from '@winnow/ops';
import { masksOfSparsity } from './cut-lowest.js';
import type { Pattern } from './pattern.js';

/** Whole columns, by the L2 norm of their scores. Masks are `[units]`. */
export const unit: Pattern = {
  name: 'unit',
  allocations: ['uniform', 'erk', 'global'],
  groups: (shape) => [shape.at(-1) as number],
  collect: (scores) => rankScores(scores, 'unit'),
  cut: (collected, sparsity) => masksOfSparsity([collected], sparsity, 'column')[0] as tf.Tensor,
  spread: (chosen) => chosen,
  gather: (mask) => mask,
};
