import { type Hyperparameters, resolveMethod } from '@winnow/baselines';
import { applyTransform } from '@winnow/models';
import type { WeightTransform } from '@winnow/ops';
import { startProgress } from '@winnow/system/progress';
import type { tf } from '@winnow/tensorflow';
import { type SweepRow, sparsitySweep, type TaskResult, TrainingProgress, train } from '@winnow/training';
import type { SweepRun } from '../results/sweep-result.js';
import type { Experiment, ExperimentArm } from './experiment.js';

/** Ended by its signal; progress is saved. */
export class InterruptedError extends Error {
  override readonly name = 'InterruptedError';

  constructor() {
    super('interrupted; run the same command again to resume');
  }
}

/** Where a run keeps its checkpoint, and what ends it. */
export interface RunArmOptions {
  checkpointDirectory: string;
  signal?: AbortSignal;
}

/**
 * Trains one network and prunes it at every sparsity, with progress and time left on standard error.
 *
 * @throws InterruptedError when the signal is aborted; a checkpoint is written before
 */
export async function runArm(
  experiment: Experiment,
  arm: ExperimentArm,
  seed: number,
  options: RunArmOptions,
): Promise<SweepRun> {
  const { dataset, granularity, batchSize, epochs } = experiment;
  const { method, hyperparameters } = resolveMethod(arm.method, arm.hyperparameters, granularity);
  const totalSteps = Math.floor(dataset.train.count / batchSize) * epochs;
  const model = experiment.model.create({ dataset, seed });
  const transform = method.create(hyperparameters, { granularity, seed, totalSteps });
  const applied = transform && applyTransform(model, transform);
  const title = experiment.seeds.length > 1 ? `${arm.label}, seed ${seed}` : arm.label;
  try {
    const trained = await trainWithProgress(experiment, model, seed, title, options);
    if (trained.interrupted) throw new InterruptedError();
    const rows = await sweepWithProgress(experiment, model, seed, title, transform, options.signal);
    const pair = ({ asIs, reestimated }: SweepRow) => ({ asIs, reestimated });
    const target = rows.find(({ isTarget }) => isTarget);
    return {
      label: arm.label,
      method: arm.method,
      hyperparameters,
      seed,
      trainSeconds: trained.seconds,
      testImages: dataset.test.count,
      raw: pair(rows.find(({ sparsity }) => sparsity === 0) as SweepRow),
      ...(target && { masked: { targetFraction: targetFraction(hyperparameters, target), ...pair(target) } }),
      rows: rows
        .filter(({ sparsity, isTarget }) => !isTarget && experiment.sparsities.includes(sparsity))
        .map((row) => ({ sparsity: row.sparsity, ...pair(row) })),
    };
  } finally {
    applied?.remove();
    model.dispose();
  }
}

/** γ as it was asked for; where the method finds its sparsity itself, what it cut. */
function targetFraction(hyperparameters: Hyperparameters, target: SweepRow): number {
  const asked = hyperparameters['gamma'] ?? hyperparameters['sparsity'];
  return typeof asked === 'number' ? asked : Number(target.sparsity.toFixed(4));
}

async function trainWithProgress(
  experiment: Experiment,
  model: tf.LayersModel,
  seed: number,
  title: string,
  { checkpointDirectory, signal }: RunArmOptions,
): Promise<TaskResult> {
  const { dataset, batchSize, epochs, learningRate, momentum, weightDecay, augment, execution } = experiment;
  return await train(model, dataset.train, {
    augment,
    epochs,
    batchSize,
    learningRate,
    momentum,
    weightDecay,
    seed,
    ...(execution && { execution }),
    checkpoint: { directory: checkpointDirectory, everySteps: 200 },
    ...(signal && { signal }),
    observers: [new TrainingProgress({ title: `Training ${title}` })],
  });
}

async function sweepWithProgress(
  { dataset, granularity, batchSize, augment, sparsities, reestimateBatches }: Experiment,
  model: tf.LayersModel,
  seed: number,
  title: string,
  transform: WeightTransform | undefined,
  signal: AbortSignal | undefined,
) {
  // The raw network is row 0, whether or not the table asks for it, the γ-masked one the target.
  const all = [...new Set([0, ...sparsities]), ...(transform?.targetMask ? ['target' as const] : [])];
  const progress = startProgress({ title: `Pruning ${title}`, total: all.length, unit: 'sparsities' });
  try {
    return await sparsitySweep(model, dataset, {
      sparsities: all,
      granularity,
      reestimate: { batches: reestimateBatches, batchSize, augment, seed },
      evaluate: { augment },
      onRow: () => progress.increment(),
      ...(signal && { signal }),
    });
  } catch (error) {
    if (signal?.aborted) throw new InterruptedError();
    throw error;
  } finally {
    progress.stop();
  }
}
