import { resolveMethod } from '@winnow/baselines';
import { applyTransform } from '@winnow/models';
import { checkKeys } from '@winnow/native/value-checks';
import { useFastGradients } from '@winnow/ops';
import { startProgress } from '@winnow/system/progress';
import { classificationTask, makeOptimizer, timedSteps } from '@winnow/training';
import type { Experiment } from './experiment.js';
import { InterruptedError } from './run-arm.js';

/** How the steps of all arms are timed. */
export interface StepTimeOptions {
  /** Turns of all arms, an integer ≥ 1; the fastest counts. Default 6. */
  rounds?: number;
  /** Steps of an arm in each turn, an integer ≥ 1. Default: enough for a renewal of masks, 20. */
  steps?: number;
  signal?: AbortSignal;
}

/**
 * Milliseconds of a training step by the arms' labels, in the middle of the run (so ramps are half way up and masks are
 * renewed), on a batch that is there already. Arms take turns, so that whatever else the machine does meets all of
 * them.
 *
 * @throws InterruptedError when the signal is aborted
 */
export async function stepTimes(
  experiment: Experiment,
  options: StepTimeOptions = {},
): Promise<Record<string, number>> {
  checkKeys('stepTimes', 'options', options, ['rounds', 'steps', 'signal']);
  const { rounds = 6, steps = 20, signal } = options;
  const { dataset, batchSize, epochs, granularity, augment, momentum, weightDecay, execution = 'dense' } = experiment;
  useFastGradients({ execution });
  const totalSteps = Math.floor(dataset.train.count / batchSize) * epochs;
  const sides = experiment.arms.map((arm) => {
    const { method, hyperparameters } = resolveMethod(arm.method, arm.hyperparameters, granularity);
    const model = experiment.model.create({ dataset, seed: 0 });
    const transform = method.create(hyperparameters, { granularity, seed: 0, totalSteps });
    const applied = transform && applyTransform(model, transform);
    const task = classificationTask(model, dataset.train, { batchSize, augment });
    const optimizer = makeOptimizer({ momentum, weightDecay }, task.transform);
    const dispose = () => {
      applied?.remove();
      optimizer.dispose();
      model.dispose();
    };
    return { label: arm.label, task, optimizer, dispose, best: Number.POSITIVE_INFINITY };
  });
  const progress = startProgress({ title: 'Timing steps', total: (rounds + 1) * sides.length, unit: 'turns' });
  try {
    const first = await sides[0]!.task.batches(0, 0)[Symbol.asyncIterator]().next();
    const batch = first.value;
    const middle = Math.floor(totalSteps / 2);
    for (let round = 0; round <= rounds; round++) {
      for (const side of sides) {
        if (signal?.aborted) throw new InterruptedError();
        // The first turn only warms up.
        const count = round === 0 ? 3 : steps;
        const seconds = timedSteps(side.task, batch, side.optimizer, { start: middle, count, learningRate: 1e-3 });
        if (round > 0) side.best = Math.min(side.best, (seconds * 1000) / count);
        progress.increment();
        await new Promise(setImmediate);
      }
    }
    sides[0]!.task.disposeBatch(batch);
    return Object.fromEntries(sides.map(({ label, best }) => [label, best]));
  } finally {
    progress.stop();
    for (const side of sides) side.dispose();
  }
}
