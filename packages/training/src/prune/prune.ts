import { asLayerHas, type KernelSelection, writeVariable } from '@winnow/models';
import type { Granularity } from '@winnow/ops';
import { tf } from '@winnow/tensorflow';
import { checkModel, checkOptions } from '../arguments.js';
import { checkKeep, keepPruned } from './keep-pruned.js';
import { checkNotNaN, kernelsToPrune } from './pruned-kernels.js';
import { pruningMasks } from './pruning-masks.js';

/** Options of `prune`. */
export interface PruneOptions extends KernelSelection {
  /**
   * Fraction to prune of every selected kernel, in [0, 1]. `'target'` prunes what the transform is designed to cut,
   * such as γ-targeted weights, the zeros of a 2:4 pattern or closed gates.
   */
  sparsity: number | 'target';
  /** Default `'weight'`. */
  granularity?: Granularity;
  /**
   * Whether cut weights stay zero in training: puts the model under the method `fixed-mask`, which `train`,
   * `fitCallbacks` and loops of your own go on with, and which is saved with the model. Default false: training moves
   * them again.
   */
  keep?: boolean;
}

/** What was pruned from one kernel. */
export interface PrunedKernel {
  path: string;
  /** Number of weights in the kernel. */
  weights: number;
  /** Number of weights the mask keeps. A kept weight may itself be zero. */
  kept: number;
}

/**
 * Prunes a model in one shot and in place: sets the lowest-ranked fraction of every selected kernel to zero. The
 * model's transform defines the ranking (gates, log α, …). Without a transform, weights are ranked by |w| within each
 * column, units by their column's L2 norm. `prunedKernels` tells which kernels are pruned, and what is left out.
 *
 * @throws TypeError for what is no model or no options; RangeError if `sparsity` is outside [0, 1], if it is
 *   `'target'` and the transform has none, if a pattern matches nothing, or if a kernel contains NaN; Error if `keep`
 *   is asked for and the model has another method
 * @see arXiv 1905.13678, section 3
 */
export function prune(model: tf.LayersModel, options: PruneOptions): PrunedKernel[] {
  return pruneAs('prune', model, options);
}

/** As `prune`, for another function that errors name. */
export function pruneAs(op: string, model: tf.LayersModel, options: PruneOptions): PrunedKernel[] {
  checkModel(op, model);
  checkOptions(op, options, ['sparsity', 'granularity', 'include', 'exclude', 'custom', 'keep']);
  const { sparsity, granularity } = options;
  if (typeof sparsity !== 'number' && typeof sparsity !== 'string') {
    throw new TypeError(`${op}: sparsity must be a number in [0, 1] or 'target', got ${sparsity}`);
  }
  if (granularity !== undefined && granularity !== 'weight' && granularity !== 'unit') {
    throw new RangeError(`${op}: granularity must be 'weight' or 'unit', got '${granularity}'`);
  }
  if (sparsity !== 'target' && !(typeof sparsity === 'number' && sparsity >= 0 && sparsity <= 1)) {
    const got = typeof sparsity === 'string' ? `'${sparsity}'` : sparsity;
    throw new RangeError(`${op}: sparsity must be in [0, 1] or 'target', got ${got}`);
  }
  if (options.keep !== undefined && typeof options.keep !== 'boolean') {
    throw new TypeError(`${op}: keep must be true or false, got ${options.keep}`);
  }
  const { kernels } = kernelsToPrune(op, model, options);
  checkNotNaN(op, kernels);
  if (options.keep) checkKeep(model, kernels);
  return tf.tidy(() => {
    const masks = pruningMasks(op, model, kernels, options);
    const pruned = kernels.map(({ path, variable, source, layout }, i) => {
      const mask = masks[i] as tf.Tensor;
      // By its layer's way, which applies a constraint, as loading the saved model would.
      const cut = tf.where(asLayerHas(mask, layout, variable.shape), variable, tf.zerosLike(variable));
      writeVariable(source, cut);
      return { path, weights: variable.size, kept: tf.sum(tf.cast(mask, 'float32')).dataSync()[0] as number };
    });
    if (options.keep) keepPruned(model, kernels, masks, options);
    return pruned;
  });
}
