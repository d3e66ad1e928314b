import { appliedTransform, type KernelSelection, type ModelKernel, selectKernels } from '@winnow/models';
import { type Granularity, topKMask } from '@winnow/ops';
import { tf } from '@winnow/tensorflow';

/** What `prune` is asked for. */
export interface PruneOptions extends KernelSelection {
  /** The same fraction in every selected kernel, in [0, 1]. */
  sparsity: number;
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
 * One-shot magnitude pruning, in place: sets the lowest-ranked fraction of every selected kernel to zero. Without `include`
 * and `exclude` it takes the kernels of the model's transform, or else all but the first convolution and the logits.
 *
 * @throws RangeError if `sparsity` is outside [0, 1], a pattern matches nothing, or a kernel holds NaN
 * @see arXiv 1905.13678, section 3
 */
export function prune(model: tf.LayersModel, options: PruneOptions): PrunedKernel[] {
  const { sparsity, granularity = 'weight' } = options;
  return prunedKernels(model, options).map(({ path, variable }) =>
    tf.tidy(() => {
      const mask = topKMask(variable, { sparsity, granularity, name: path });
      variable.assign(tf.where(mask, variable, tf.zerosLike(variable)));
      return { path, weights: variable.size, kept: tf.sum(tf.cast(mask, 'float32')).dataSync()[0] as number };
    }),
  );
}

/** The kernels that `prune` would cut. */
export function prunedKernels(model: tf.LayersModel, selection: KernelSelection): readonly ModelKernel[] {
  if (selection.include ?? selection.exclude) return selectKernels('prune', model, selection);
  return appliedTransform(model)?.kernels ?? selectKernels('prune', model);
}
