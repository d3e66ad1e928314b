import {
  chooseKernels,
  type KernelSelection,
  type ModelKernel,
  modelKernels,
  type SkippedKernel,
  transformsWithin,
} from '@winnow/models';
import type { tf } from '@winnow/tensorflow';

/**
 * The kernels that `prune` would prune, by their paths in the model, and what it leaves out although nobody asked for
 * that. Without
 * `include`, `exclude` and `custom` those of the model's transform; without a transform, all but every input's first
 * convolution, every output's last layer and embeddings. Frozen kernels never.
 *
 * @throws RangeError if a pattern matches no kernel, or nothing is left
 */
export function prunedKernels(
  model: tf.LayersModel,
  { include, exclude, custom }: KernelSelection = {},
): { kernels: readonly ModelKernel[]; skipped: readonly SkippedKernel[] } {
  const transformed = transformsWithin(model).flatMap(({ kernels }) => kernels);
  if ((include ?? exclude ?? custom) !== undefined || transformed.length === 0) {
    const selection = { ...(include && { include }), ...(exclude && { exclude }), ...(custom && { custom }) };
    return chooseKernels('prune', model, selection);
  }
  // By their paths in this model: the transform may have been applied to one within it. And as frozen as they are now.
  const now = new Map(modelKernels(model).map((kernel) => [kernel.variable, kernel]));
  const kernels = transformed.map((kernel) => now.get(kernel.variable) ?? kernel);
  const skipped = kernels
    .filter(({ trainable }) => !trainable)
    .map(({ path }) => ({ path, why: 'frozen: the model does not train it' }));
  if (skipped.length === kernels.length) {
    throw new RangeError(
      `prune: no kernel is selected of ${kernels.map(({ path }) => path).join(', ')}: all are frozen`,
    );
  }
  return { kernels: kernels.filter(({ trainable }) => trainable), skipped };
}
