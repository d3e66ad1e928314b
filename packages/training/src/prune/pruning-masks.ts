import { type AppliedTransform, appliedTransform, type ModelKernel, transformOf, unitsLast } from '@winnow/models';
import { type Granularity, rankMask, rankScores, topKMask } from '@winnow/ops';
import { tf } from '@winnow/tensorflow';

/** What is asked of the masks. */
export interface MaskRequest {
  readonly sparsity: number | 'target';
  readonly granularity?: Granularity;
}

/**
 * The masks that pruning keeps, bool of the kernels' shapes with their units last. Kernels with one transform are
 * ranked as it has it, together; those without as the model's own has it, or by |w|.
 */
export function pruningMasks(
  op: string,
  model: tf.LayersModel,
  kernels: readonly ModelKernel[],
  request: MaskRequest,
): tf.Tensor[] {
  const own = appliedTransform(model);
  const groups = new Map<AppliedTransform | undefined, number[]>();
  kernels.forEach(({ variable }, i) => {
    const applied = transformOf(variable) ?? own;
    groups.set(applied, [...(groups.get(applied) ?? []), i]);
  });
  const masks: tf.Tensor[] = [];
  for (const [applied, members] of groups) {
    const made = masksOf(
      op,
      applied,
      members.map((i) => kernels[i] as ModelKernel),
      request,
    );
    members.forEach((i, at) => {
      masks[i] = made[at] as tf.Tensor;
    });
  }
  return masks;
}

function masksOf(
  op: string,
  applied: AppliedTransform | undefined,
  kernels: readonly ModelKernel[],
  { sparsity, granularity = 'weight' }: MaskRequest,
): tf.Tensor[] {
  const own = new Map(applied?.kernels.map((kernel) => [kernel.variable, kernel]));
  if (sparsity === 'target') {
    return kernels.map(({ variable }) => {
      const kernel = own.get(variable);
      const mask = kernel && applied?.targetMask(kernel, granularity);
      if (mask === undefined) {
        const method = kernel ? `method '${applied?.transform.name}'` : 'a kernel without a transform';
        throw new RangeError(`${op}: sparsity must be in [0, 1], since ${method} has no target, got 'target'`);
      }
      return mask;
    });
  }
  const { scores, pruningScope = 'column' } = applied?.transform ?? {};
  if (!scores && (granularity === 'unit' || pruningScope === 'column')) {
    return kernels.map(({ path, variable, layout }) =>
      topKMask(unitsLast(variable, layout), { sparsity, granularity, name: path }),
    );
  }
  const ranked = kernels.map(({ variable, layout }) => {
    const kernel = own.get(variable);
    return kernel && applied
      ? applied.scores(kernel, granularity)
      : rankScores(tf.abs(unitsLast(variable, layout)), granularity);
  });
  return masksOfScores(ranked, kernels, { sparsity, granularity, scope: pruningScope });
}

/** The masks that cut the lowest scores: of the kernels' shapes with their units last, or `[units]`. */
export function masksOfScores(
  scores: readonly tf.Tensor[],
  kernels: readonly ModelKernel[],
  {
    sparsity,
    granularity,
    scope,
  }: { sparsity: number; granularity: Granularity; scope: 'column' | 'layer' | 'global' },
): tf.Tensor[] {
  if (granularity === 'weight') return rankMask([...scores], { sparsity, scope });
  return scores.map((units, i) => {
    // Reshaped to one column, so that the units of the kernel are ranked against each other.
    const mask = rankMask(tf.reshape(units, [units.size, 1]), { sparsity, scope: 'column' });
    const { variable, layout } = kernels[i] as ModelKernel;
    const { shape } = unitsLast(variable, layout);
    return tf.cast(tf.broadcastTo(tf.cast(tf.reshape(mask, [units.size]), 'int32'), shape), 'bool');
  });
}
