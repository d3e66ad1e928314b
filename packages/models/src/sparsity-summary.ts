import type * as tf from '@tensorflow/tfjs';
import { chooseKernels, graphOf, type KernelZeros, kernelZeros, type SkippedKernel } from '@winnow/graph';
import { transformOf } from './apply-transform.js';
import { checkModel } from './check-model.js';
import { modelKernels } from './kernel-layers.js';

/** One kernel's zeros. */
export interface KernelSparsity extends KernelZeros {
  readonly path: string;
  readonly shape: readonly number[];
}

/** How sparse a model is. */
export interface SparsitySummary {
  /** In the order of the model's layers. */
  readonly kernels: readonly KernelSparsity[];
  /** Numbers in all kernels. */
  readonly weights: number;
  readonly zeros: number;
  readonly sparsity: number;
  /** Kernels without a zero, with the reason, if it is that pruning leaves them out by default. */
  readonly untouched: readonly { readonly path: string; readonly why?: string }[];
}

/**
 * How many weights of each kernel are zero, and in what pattern: as evaluation sees the kernels, so with the masks and
 * gates of a transform that is applied.
 */
export function sparsitySummary(model: tf.LayersModel): SparsitySummary {
  checkModel('sparsitySummary', model);
  const kernels = modelKernels(model).map(({ path, variable, layout }): KernelSparsity => {
    const applied = transformOf(variable);
    const own = applied?.kernels.find((kernel) => kernel.variable === variable);
    const seen = own && applied?.evaluated(own);
    const { shape } = variable;
    try {
      return { path, shape, ...kernelZeros((seen ?? variable).dataSync(), shape, layout) };
    } finally {
      seen?.dispose();
    }
  });
  const reasons = new Map(skippedByDefault(model).map(({ path, why }) => [path, why]));
  const sum = (of: (kernel: KernelSparsity) => number) => kernels.reduce((total, kernel) => total + of(kernel), 0);
  const [weights, zeros] = [sum((kernel) => kernel.weights), sum((kernel) => kernel.zeros)];
  return {
    kernels,
    weights,
    zeros,
    sparsity: weights === 0 ? 0 : zeros / weights,
    untouched: kernels
      .filter((kernel) => kernel.zeros === 0)
      .map(({ path }) => {
        const why = reasons.get(path);
        return { path, ...(why !== undefined && { why }) };
      }),
  };
}

function skippedByDefault(model: tf.LayersModel): readonly SkippedKernel[] {
  try {
    return chooseKernels(graphOf(model)).skipped;
  } catch (error) {
    // Nothing is left to prune by default, which is an error there, and no reason not to count zeros.
    if (error instanceof RangeError) return [];
    throw error;
  }
}
