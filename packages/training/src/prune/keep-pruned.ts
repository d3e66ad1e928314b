import { fixedMaskTransform } from '@winnow/baselines';
import {
  type AppliedTransform,
  appliedTransform,
  applyTransform,
  type KernelSelection,
  type ModelKernel,
  transformsWithin,
} from '@winnow/models';
import { tf } from '@winnow/tensorflow';

/** Before anything is cut. */
export function checkKeep(model: tf.LayersModel, kernels: readonly ModelKernel[]): void {
  for (const applied of transformsWithin(model)) {
    const isOwn = 'winnow' in ((model.getUserDefinedMetadata() ?? {}) as object);
    if (isOwn && isMask(applied)) continue;
    throw new Error(
      `prune: keep cannot go with method '${applied.transform.name}' on ${kernels.length} kernels: only one method ` +
        'can act on a model; call bake() or remove() of that one first',
    );
  }
}

/**
 * Keeps what pruning cut at zero while the model trains on.
 *
 * @param masks of the kernels' shapes with their units last
 */
export function keepPruned(
  model: tf.LayersModel,
  kernels: readonly ModelKernel[],
  masks: readonly tf.Tensor[],
  { custom }: Pick<KernelSelection, 'custom'>,
): AppliedTransform {
  const kept = new Map(kernels.map(({ path }, i) => [path, masks[i] as tf.Tensor]));
  // What was cut before stays cut, wherever that was.
  const earlier = appliedTransform(model);
  for (const { path, name, variable } of earlier?.variables ?? []) {
    if (name !== 'mask') continue;
    const mask = kept.get(path);
    const before = tf.cast(variable, 'bool');
    kept.set(path, mask === undefined ? before : tf.logicalAnd(mask, before));
  }
  earlier?.remove();
  return applyTransform(model, fixedMaskTransform(kept), { include: [...kept.keys()], ...(custom && { custom }) });
}

function isMask({ transform }: AppliedTransform): boolean {
  return transform.name === 'fixed-mask';
}
