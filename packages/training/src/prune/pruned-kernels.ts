import {
  checkModel,
  chooseKernels,
  type KernelSelection,
  type ModelKernel,
  modelKernels,
  type SelectedModelKernels,
  transformsWithin,
} from '@winnow/models';
import { checkKeys } from '@winnow/native/value-checks';
import type { tf } from '@winnow/tensorflow';

/**
 * The kernels that `prune` would prune, by their paths in the model, and what it leaves out although nobody asked for
 * that. Without
 * `include`, `exclude` and `custom` those of the model's transform; without a transform, all but every input's first
 * convolution, every output's last layer and embeddings. Frozen kernels never.
 *
 * @throws TypeError for what is no model; RangeError if a pattern matches no kernel, or nothing is left
 */
export function prunedKernels(model: tf.LayersModel, selection: KernelSelection = {}): SelectedModelKernels {
  checkModel('prunedKernels', model);
  checkKeys('prunedKernels', 'selection', selection, ['include', 'exclude', 'custom']);
  return kernelsToPrune('prunedKernels', model, selection);
}

/** As `prunedKernels`, of options that hold more. */
export function kernelsToPrune(
  op: string,
  model: tf.LayersModel,
  { include, exclude, custom }: KernelSelection,
): SelectedModelKernels {
  const transformed = transformsWithin(model).flatMap(({ kernels }) => kernels);
  if ([include, exclude, custom].some((part) => part !== undefined) || transformed.length === 0) {
    const selection = {
      ...(include !== undefined && { include }),
      ...(exclude !== undefined && { exclude }),
      ...(custom !== undefined && { custom }),
    };
    return chooseKernels(op, model, selection);
  }
  // By their paths in this model: the transform may have been applied to one within it. And as frozen as they are now.
  const now = new Map(modelKernels(model).map((kernel) => [kernel.variable, kernel]));
  const kernels = transformed.map((kernel) => now.get(kernel.variable) ?? kernel);
  const skipped = kernels
    .filter(({ trainable }) => !trainable)
    .map(({ path }) => ({ path, why: 'frozen: the model does not train it' }));
  if (skipped.length === kernels.length) {
    throw new RangeError(
      `${op}: no kernel is selected of ${kernels.map(({ path }) => path).join(', ')}: all are frozen`,
    );
  }
  return { kernels: kernels.filter(({ trainable }) => trainable), skipped };
}

/**
 * Before anything is cut: what is not a number has no rank.
 *
 * @throws RangeError naming the kernel
 */
export function checkNotNaN(op: string, kernels: readonly ModelKernel[]): void {
  for (const { path, variable } of kernels) {
    const at = (variable.dataSync() as Float32Array).findIndex(Number.isNaN);
    if (at >= 0) throw new RangeError(`${op}: kernel '${path}' must not contain NaN, got NaN at index ${at}`);
  }
}
