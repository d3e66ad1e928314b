import { fixedMaskTransform } from '@winnow/baselines';
import { applyTransform, type KernelSelection } from '@winnow/models';
import type { Granularity } from '@winnow/ops';
import { tf } from '@winnow/tensorflow';
import { checkFunction, checkModel, checkOptions } from '../arguments.js';
import { prune, prunedKernels } from './prune.js';
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
  /** Trains the model. Called with 0 before the first cut, then once after each cut. Cut weights stay zero. */
  train(round: number): Promise<void>;
  /** Called after each round. */
  onRound?: (round: { round: number; sparsity: number }) => void;
}

const KEYS = ['sparsity', 'rounds', 'granularity', 'weights', 'train', 'onRound', 'include', 'exclude'] as const;

/**
 * Iterative magnitude pruning: train, cut, train again. After round r of n, the fraction (1 − sparsity)^(r/n) of the
 * weights is left. The result is a plain model with exactly the requested number of zeros in every column (or of zero
 * columns).
 *
 * @throws RangeError if a number is out of range or a pattern matches nothing; checked before training
 * @see Han et al., arXiv 1506.02626 (fine-tuning); Frankle, Carbin, "The Lottery Ticket Hypothesis", arXiv 1803.03635
 *   (rewinding)
 */
export async function iterativePruning(model: tf.LayersModel, options: IterativePruningOptions): Promise<void> {
  checkModel('iterativePruning', model);
  checkOptions('iterativePruning', options, KEYS);
  const { sparsity, rounds, granularity = 'weight', weights = 'fine-tune', include, exclude } = options;
  if (!(sparsity >= 0 && sparsity < 1)) {
    throw new RangeError(`iterativePruning: sparsity must be in [0, 1), got ${sparsity}`);
  }
  if (!Number.isInteger(rounds) || rounds < 1) {
    throw new RangeError(`iterativePruning: rounds must be an integer ≥ 1, got ${rounds}`);
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
  const paths = prunedKernels(model, options).map(({ path }) => path);
  const selection =
    include || exclude ? { ...(include && { include }), ...(exclude && { exclude }) } : { include: paths };
  const first = weights === 'rewind' ? snapshotWeights(model) : undefined;
  const back = first ?? (typeof weights === 'object' ? weights : undefined);
  try {
    await options.train(0);
    for (let round = 1; round <= rounds; round++) {
      // Use `sparsity` itself in the last round: the power is subject to rounding.
      const cut = round === rounds ? sparsity : 1 - (1 - sparsity) ** (round / rounds);
      const masks = cutMasks(model, { sparsity: cut, granularity, ...selection });
      back?.restore();
      const applied = applyTransform(model, fixedMaskTransform(masks), selection);
      tf.dispose([...masks.values()]);
      try {
        await options.train(round);
        applied.bake();
      } finally {
        applied.remove();
      }
      options.onRound?.({ round, sparsity: cut });
    }
  } finally {
    first?.dispose();
  }
}

/** Prunes and returns the masks of the kept weights. Weights cut earlier are zero, rank lowest and are cut again. */
function cutMasks(model: tf.LayersModel, options: Parameters<typeof prune>[1]): Map<string, tf.Tensor> {
  const kernels = prunedKernels(model, options);
  prune(model, options);
  return new Map(kernels.map(({ path, variable }) => [path, tf.notEqual(variable, 0)]));
}
