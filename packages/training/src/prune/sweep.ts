import type { ImageDataset } from '@winnow/data';
import type { Granularity } from '@winnow/ops';
import type { tf } from '@winnow/tensorflow';
import { checkFunction, checkModel, checkOptions, checkSignal } from '../arguments.js';
import { checkData, isSplit } from '../examples/training-data.js';
import { type EvaluateOptions, evaluate } from '../metrics/evaluate.js';
import { type ReestimateOptions, reestimateBatchNorm } from './batch-norm.js';
import { type PrunedKernel, pruneAs } from './prune.js';
import { snapshotWeights } from './weights.js';

/** Accuracies of one pruned network, in [0, 1]: with the BatchNorm statistics from training, and re-estimated. */
export interface AccuracyPair {
  readonly asIs: number;
  readonly reestimated: number;
}

/** Options of `sparsitySweep`. */
export interface SweepOptions {
  /** Fractions to prune, each in [0, 1]. `'target'` prunes what the model's transform is designed to cut. */
  sparsities: readonly (number | 'target')[];
  granularity?: Granularity;
  reestimate?: ReestimateOptions;
  evaluate?: EvaluateOptions;
  /** Called after every sparsity. */
  onRow?: (row: SweepRow) => void;
  /** Aborting ends the sweep with an error before the next sparsity. The weights are restored. */
  signal?: AbortSignal;
}

/** Accuracies at one sparsity. */
export interface SweepRow extends AccuracyPair {
  /** The requested fraction, or the fraction that `'target'` cut. */
  readonly sparsity: number;
  readonly isTarget: boolean;
}

/**
 * Prunes a model in one shot at every sparsity, each time from its trained weights, and evaluates it twice: with the
 * BatchNorm statistics from training, and with re-estimated ones. The model's weights are restored at the end.
 *
 * @throws TypeError or RangeError naming the argument at fault; the weights are as they were
 */
export async function sparsitySweep(
  model: tf.LayersModel,
  dataset: Pick<ImageDataset, 'train' | 'test'>,
  options: SweepOptions,
): Promise<SweepRow[]> {
  const caller = 'sparsitySweep';
  checkModel(caller, model);
  checkOptions(caller, options, ['sparsities', 'granularity', 'reestimate', 'evaluate', 'onRow', 'signal']);
  const { sparsities, granularity = 'weight' } = options;
  for (const part of ['train', 'test'] as const) {
    const split = checkData(caller, `dataset.${part}`, dataset?.[part]);
    if (!isSplit(split)) throw new TypeError(`${caller}: dataset.${part} must be an image split`);
  }
  checkFunction(caller, 'onRow', options.onRow);
  checkSignal(caller, options.signal);
  if (!Array.isArray(sparsities)) {
    throw new TypeError(`${caller}: sparsities must be an array, got ${sparsities}`);
  }
  for (const sparsity of sparsities) {
    if (sparsity !== 'target' && !(sparsity >= 0 && sparsity <= 1)) {
      throw new RangeError(`sparsitySweep: sparsities must be in [0, 1], got ${sparsity}`);
    }
  }
  const snapshot = snapshotWeights(model);
  const rows: SweepRow[] = [];
  try {
    for (const sparsity of sparsities) {
      options.signal?.throwIfAborted();
      const kernels = pruneAs(caller, model, { sparsity, granularity });
      const asIs = (await evaluate(model, dataset.test, options.evaluate)).accuracy;
      const layers = await reestimateBatchNorm(model, dataset.train, options.reestimate);
      const reestimated = layers === 0 ? asIs : (await evaluate(model, dataset.test, options.evaluate)).accuracy;
      const isTarget = sparsity === 'target';
      const row = { sparsity: isTarget ? cutFraction(kernels) : sparsity, isTarget, asIs, reestimated };
      rows.push(row);
      options.onRow?.(row);
      snapshot.restore();
    }
    return rows;
  } finally {
    snapshot.restore();
    snapshot.dispose();
  }
}

function cutFraction(kernels: readonly PrunedKernel[]): number {
  const sum = (of: (kernel: PrunedKernel) => number) => kernels.reduce((total, kernel) => total + of(kernel), 0);
  return 1 - sum(({ kept }) => kept) / sum(({ weights }) => weights);
}
