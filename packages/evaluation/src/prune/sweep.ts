import type { Granularity } from '@winnow/ops';
import type { tf } from '@winnow/tensorflow';
import type { ImageDataset } from '../datasets/index.js';
import { type EvaluateOptions, evaluate } from '../metrics/evaluate.js';
import type { AccuracyPair } from '../report/index.js';
import { type ReestimateOptions, reestimateBatchNorm } from './batch-norm.js';
import { prune } from './prune.js';
import { snapshotWeights } from './weights.js';

/** What `sparsitySweep` is asked for. */
export interface SweepOptions {
  /** Fractions to prune, each in [0, 1]. */
  sparsities: readonly number[];
  granularity?: Granularity;
  reestimate?: ReestimateOptions;
  evaluate?: EvaluateOptions;
  /** Called after every sparsity. */
  onRow?: (row: { sparsity: number } & AccuracyPair) => void;
  /** Aborting it ends the sweep with an error before the next sparsity; the weights are put back. */
  signal?: AbortSignal;
}

/**
 * Prunes a model at every sparsity in one shot, each time from its trained weights, and evaluates it twice: with BatchNorm
 * statistics as they are and re-estimated. The model's weights are afterwards as before.
 *
 * @throws RangeError if a sparsity is outside [0, 1]
 */
export async function sparsitySweep(
  model: tf.LayersModel,
  dataset: ImageDataset,
  options: SweepOptions,
): Promise<({ sparsity: number } & AccuracyPair)[]> {
  const { sparsities, granularity = 'weight' } = options;
  for (const sparsity of sparsities) {
    if (!(sparsity >= 0 && sparsity <= 1)) {
      throw new RangeError(`sparsitySweep: sparsities must be in [0, 1], got ${sparsity}`);
    }
  }
  const snapshot = snapshotWeights(model);
  const rows: ({ sparsity: number } & AccuracyPair)[] = [];
  try {
    for (const sparsity of sparsities) {
      options.signal?.throwIfAborted();
      prune(model, { sparsity, granularity });
      const asIs = (await evaluate(model, dataset.test, options.evaluate)).accuracy;
      const layers = await reestimateBatchNorm(model, dataset.train, options.reestimate);
      const reestimated = layers === 0 ? asIs : (await evaluate(model, dataset.test, options.evaluate)).accuracy;
      const row = { sparsity, asIs, reestimated };
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
