import type * as tf from '@tensorflow/tfjs';
import { kernelIdOf, type OwnVariableRequest, randomUniform } from '@winnow/ops';
import { type Allocation, allocate } from './allocation.js';
import { masksOfSparsity } from './mask-of-scores.js';

/** A random mask of a kernel, a function of seed and path: which weights a sparse network starts with. */
export function randomMask(
  { path, kernel, kernels }: OwnVariableRequest,
  options: { seed: number; sparsity: number; allocation: Allocation; scope: 'column' | 'layer' },
): tf.Tensor {
  const sparsity = sparsityOf(path, kernels, options.allocation, options.sparsity);
  const scores = randomUniform(kernel.shape, { seed: options.seed, step: 0, stream: kernelIdOf(path) });
  try {
    return masksOfSparsity([scores], sparsity, options.scope)[0] as tf.Tensor;
  } finally {
    scores.dispose();
  }
}

/** The sparsity that an allocation gives one kernel of a network. */
export function sparsityOf(
  path: string,
  kernels: ReadonlyMap<string, tf.Tensor>,
  allocation: Allocation,
  sparsity: number,
): number {
  const shapes = [...kernels.values()].map(({ shape }) => shape);
  return allocate(allocation, shapes, sparsity)[[...kernels.keys()].indexOf(path)] as number;
}
