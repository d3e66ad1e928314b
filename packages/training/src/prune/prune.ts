import { appliedTransform, type KernelSelection, type ModelKernel, selectKernels } from '@winnow/models';
import { type Granularity, rankMask, rankScores, topKMask } from '@winnow/ops';
import { tf } from '@winnow/tensorflow';

/** What `prune` is asked for. */
export interface PruneOptions extends KernelSelection {
  /**
   * The same fraction in every selected kernel, in [0, 1]; `'target'`: what the transform itself means to cut, for instance the
   * γ-targeted weights, a 2:4 pattern or closed gates.
   */
  sparsity: number | 'target';
  /** Default `'weight'`. */
  granularity?: Granularity;
}

/** What one kernel lost. */
export interface PrunedKernel {
  path: string;
  /** Weights of the kernel. */
  weights: number;
  /** Weights that are kept (by the mask; a kept weight can be zero by itself). */
  kept: number;
}

/**
 * One-shot pruning, in place: sets the lowest-ranked fraction of every selected kernel to zero. What is ranked is said by the model's
 * transform (gates, log α, …); without one it is |w| in every column, or the columns' L2 norm. Without `include` and `exclude` it
 * takes the kernels of the transform, or else all but the first convolution and the logits.
 *
 * @throws RangeError if `sparsity` is outside [0, 1] or `'target'` without a transform that has one, a pattern matches nothing, or a
 *   kernel holds NaN
 * @see arXiv 1905.13678, section 3
 */
export function prune(model: tf.LayersModel, options: PruneOptions): PrunedKernel[] {
  const { sparsity } = options;
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

/** The kernels that `prune` would cut. */
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
    // As one column, which ranks the units of a kernel among each other.
    const mask = rankMask(tf.reshape(units, [units.size, 1]), { sparsity, scope: 'column' });
    const { shape } = (kernels[i] as ModelKernel).variable;
    return tf.cast(tf.broadcastTo(tf.cast(tf.reshape(mask, [units.size]), 'int32'), shape), 'bool');
  });
}
