import { fixedMaskTransform } from '@winnow/baselines';
import {
  appliedTransform,
  applyTransform,
  asLayerHas,
  type KernelSelection,
  type ModelKernel,
  transformsWithin,
  unitsLast,
  writeVariable,
} from '@winnow/models';
import { type Granularity, rankScores } from '@winnow/ops';
import { tf } from '@winnow/tensorflow';
import { checkFunction, checkModel, checkOptions } from '../arguments.js';
import { checkNotNaN, kernelsToPrune } from './pruned-kernels.js';
import { masksOfScores } from './pruning-masks.js';
import { snapshotWeights, type WeightSnapshot } from './weights.js';

/** Options of `iterativePruning`. */
export interface IterativePruningOptions extends KernelSelection {
  /** Sparsity after the last round, in [0, 1). */
  sparsity: number;
  /** Rounds of pruning and training, an integer ≥ 1. Each round cuts the same fraction of the remaining weights. */
  rounds: number;
  /** Default `'weight'`. */
  granularity?: Granularity;
  /**
   * Weights to continue from after each cut. `'fine-tune'`: the trained ones. `'rewind'`: those from before training
   * (lottery ticket). A snapshot: its weights, for example from early in training. Default `'fine-tune'`.
   */
  weights?: 'fine-tune' | 'rewind' | WeightSnapshot;
  /**
   * Trains the model. Called with 0 before the first cut, then once after each cut. Cut weights stay zero. Train with
   * `train`, with
   * `model.fit` and `fitCallbacks(model)`, or with a loop of your own as for any method.
   */
  train(round: number): Promise<void>;
  /** Called after each round. */
  onRound?: (round: { round: number; sparsity: number }) => void;
}

const KEYS = [
  'sparsity',
  'rounds',
  'granularity',
  'weights',
  'train',
  'onRound',
  'include',
  'exclude',
  'custom',
] as const;

/**
 * Iterative magnitude pruning: train, cut, train again. After round r of n, the fraction (1 − sparsity)^(r/n) of the
 * weights is left. The result is a plain model with exactly the requested number of zeros in every column (or of zero
 * columns).
 *
 * @throws RangeError if a number is out of range or a pattern matches nothing, Error if the model has a method of its
 *   own; checked
 *   before training
 * @see Han et al., arXiv 1506.02626 (fine-tuning); Frankle, Carbin, "The Lottery Ticket Hypothesis", arXiv 1803.03635
 *   (rewinding)
 */
export async function iterativePruning(model: tf.LayersModel, options: IterativePruningOptions): Promise<void> {
  checkModel('iterativePruning', model);
  checkOptions('iterativePruning', options, KEYS);
  const { sparsity, rounds, granularity = 'weight', weights = 'fine-tune', include, exclude, custom } = options;
  if (!(sparsity >= 0 && sparsity < 1)) {
    throw new RangeError(`iterativePruning: sparsity must be in [0, 1), got ${sparsity}`);
  }
  if (!Number.isInteger(rounds) || rounds < 1) {
    throw new RangeError(`iterativePruning: rounds must be an integer ≥ 1, got ${rounds}`);
  }
  if (granularity !== 'weight' && granularity !== 'unit') {
    throw new RangeError(`iterativePruning: granularity must be 'weight' or 'unit', got '${granularity}'`);
  }
  if (typeof options.train !== 'function') {
    throw new TypeError(`iterativePruning: train must be a function, got ${options.train}`);
  }
  checkFunction('iterativePruning', 'onRound', options.onRound);
  const isSnapshot = typeof weights === 'object' && weights !== null && typeof weights.restore === 'function';
  if (weights !== 'fine-tune' && weights !== 'rewind' && !isSnapshot) {
    throw new RangeError(
      `iterativePruning: weights must be 'fine-tune', 'rewind' or a snapshot, got ${JSON.stringify(weights)}`,
    );
  }
  checkUntransformed(model);
  const { kernels } = kernelsToPrune('iterativePruning', model, options);
  const paths = kernels.map(({ path }) => path);
  const selection: KernelSelection = {
    ...(include !== undefined || exclude !== undefined
      ? { ...(include !== undefined && { include }), ...(exclude !== undefined && { exclude }) }
      : { include: paths }),
    ...(custom !== undefined && { custom }),
  };
  const first = weights === 'rewind' ? snapshotWeights(model) : undefined;
  const back = first ?? (typeof weights === 'object' ? weights : undefined);
  let cutSoFar: ReadonlyMap<string, tf.Tensor> = new Map();
  try {
    await options.train(0);
    checkUntransformed(model);
    for (let round = 1; round <= rounds; round++) {
      // Use `sparsity` itself in the last round: the power is subject to rounding.
      const cut = round === rounds ? sparsity : 1 - (1 - sparsity) ** (round / rounds);
      checkNotNaN('iterativePruning', kernels);
      const masks = cutMasks(kernels, cutSoFar, { sparsity: cut, granularity });
      tf.dispose([...cutSoFar.values()]);
      cutSoFar = masks;
      back?.restore();
      const applied = applyTransform(model, fixedMaskTransform(masks), selection);
      try {
        await options.train(round);
        if (appliedTransform(model) !== applied) throw replaced(round);
        applied.bake();
      } finally {
        applied.remove();
      }
      options.onRound?.({ round, sparsity: cut });
    }
  } finally {
    first?.dispose();
    tf.dispose([...cutSoFar.values()]);
  }
}

function checkUntransformed(model: tf.LayersModel): void {
  const [applied] = transformsWithin(model);
  if (applied === undefined) return;
  throw new Error(
    `iterativePruning: the model has method '${applied.transform.name}', and iterativePruning trains it with ` +
      'a mask of its own; call bake() or remove() of that one first',
  );
}

function replaced(round: number): Error {
  return new Error(
    `iterativePruning: train(${round}) has removed or replaced the mask that keeps cut weights at zero; ` +
      'apply no transform there',
  );
}

/**
 * Prunes, and returns the masks of the kept weights, with the kernels' units last. What was cut before is cut again; a
 * kept weight that happens to be zero is not cut for that.
 */
function cutMasks(
  kernels: readonly ModelKernel[],
  cutSoFar: ReadonlyMap<string, tf.Tensor>,
  { sparsity, granularity }: { sparsity: number; granularity: Granularity },
): Map<string, tf.Tensor> {
  const masks = tf.tidy(() => {
    const scores = kernels.map(({ path, variable, layout }) => {
      const magnitudes = tf.abs(unitsLast(variable, layout));
      const before = cutSoFar.get(path);
      const ranked = rankScores(magnitudes, granularity);
      if (before === undefined) return ranked;
      const kept = granularity === 'weight' ? before : tf.any(tf.reshape(before, [-1, ranked.size]), 0);
      return tf.where(kept, ranked, tf.fill(ranked.shape, -1));
    });
    return masksOfScores(scores, kernels, { sparsity, granularity, scope: 'column' });
  });
  tf.tidy(() => {
    kernels.forEach(({ variable, source, layout }, i) => {
      const mask = asLayerHas(masks[i] as tf.Tensor, layout, variable.shape);
      writeVariable(source, tf.where(mask, variable, tf.zerosLike(variable)));
    });
  });
  return new Map(kernels.map(({ path }, i) => [path, masks[i] as tf.Tensor]));
}
