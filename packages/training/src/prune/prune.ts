import { appliedTransform, type KernelSelection, type ModelKernel, selectKernels } from '@winnow/models';
import { type Granularity, rankMask, rankScores, topKMask } from '@winnow/ops';
import { tf } from '@winnow/tensorflow';
import { checkModel, checkOptions } from '../arguments.js';

/** Options of `prune`. */
export interface PruneOptions extends KernelSelection {
  /**
   * Fraction to prune of every selected kernel, in [0, 1]. `'target'` prunes what the transform is designed to cut,
   * such as γ-targeted weights, the zeros of a 2:4 pattern or closed gates.
   */
  sparsity: number | 'target';
  /** Default `'weight'`. */
  granularity?: Granularity;
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
 * column, units by their column's L2 norm. Without `include` and `exclude`, the kernels of the transform are pruned;
 * without a transform, all kernels but the first convolution and the logits.
 *
 * @throws TypeError for what is no model or no options; RangeError if `sparsity` is outside [0, 1], if it is
 *   `'target'` and the transform has none, if a pattern matches nothing, or if a kernel contains NaN
 * @see arXiv 1905.13678, section 3
 */
export function prune(model: tf.LayersModel, options: PruneOptions): PrunedKernel[] {
  checkModel('prune', model);
  checkOptions('prune', options, ['sparsity', 'granularity', 'include', 'exclude']);
  const { sparsity, granularity } = options;
  if (typeof sparsity !== 'number' && typeof sparsity !== 'string') {
    throw new TypeError(`prune: sparsity must be a number in [0, 1] or 'target', got ${sparsity}`);
  }
  if (granularity !== undefined && granularity !== 'weight' && granularity !== 'unit') {
    throw new RangeError(`prune: granularity must be 'weight' or 'unit', got '${granularity}'`);
  }
  if (typeof sparsity === 'string' && sparsity !== 'target') {
    throw new RangeError(`prune: sparsity must be in [0, 1] or 'target', got '${sparsity}'`);
  }
  const kernels = prunedKernels(model, options);
  return tf.tidy(() => {
    const masks = pruningMasks(model, kernels, options);
    return kernels.map(({ path, variable }, i) => {
      const mask = masks[i] as tf.Tensor;
      variable.assign(tf.where(mask, variable, tf.zerosLike(variable)));
      return { path, weights: variable.size, kept: tf.sum(tf.cast(mask, 'float32')).dataSync()[0] as number };
    });
  });
}

/** The kernels that `prune` would prune. */
export function prunedKernels(model: tf.LayersModel, selection: KernelSelection): readonly ModelKernel[] {
  if (selection.include ?? selection.exclude) return selectKernels('prune', model, selection);
  return appliedTransform(model)?.kernels ?? selectKernels('prune', model);
}

function pruningMasks(
  model: tf.LayersModel,
  kernels: readonly ModelKernel[],
  { sparsity, granularity = 'weight' }: PruneOptions,
): tf.Tensor[] {
  const applied = appliedTransform(model);
  const own = new Set(applied?.kernels.map(({ path }) => path));
  if (sparsity === 'target') {
    return kernels.map((kernel) => {
      const mask = own.has(kernel.path) ? applied?.targetMask(kernel, granularity) : undefined;
      if (mask === undefined) {
        const method = own.has(kernel.path) ? `method '${applied?.transform.name}'` : 'a kernel without a transform';
        throw new RangeError(`prune: sparsity must be in [0, 1], since ${method} has no target, got 'target'`);
      }
      return mask;
    });
  }
  const { scores, pruningScope = 'column' } = applied?.transform ?? {};
  if (!scores && (granularity === 'unit' || pruningScope === 'column')) {
    return kernels.map(({ path, variable }) => topKMask(variable, { sparsity, granularity, name: path }));
  }
  const ranked = kernels.map((kernel) =>
    own.has(kernel.path) && applied
      ? applied.scores(kernel, granularity)
      : rankScores(tf.abs(kernel.variable), granularity),
  );
  if (granularity === 'weight') return rankMask(ranked, { sparsity, scope: pruningScope });
  return ranked.map((units, i) => {
    // Reshaped to one column, so that the units of the kernel are ranked against each other.
    const mask = rankMask(tf.reshape(units, [units.size, 1]), { sparsity, scope: 'column' });
    const { shape } = (kernels[i] as ModelKernel).variable;
    return tf.cast(tf.broadcastTo(tf.cast(tf.reshape(mask, [units.size]), 'int32'), shape), 'bool');
  });
}
