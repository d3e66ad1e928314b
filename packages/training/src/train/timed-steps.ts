import type { Optimizer } from '@winnow/ops';
import { checkOptions } from '../arguments.js';
import { batchGradients, trainedVariables } from './gradients.js';
import type { TrainingTask } from './task.js';

/** Options of `timedSteps`. */
export interface TimedStepsOptions {
  /** Number of the first step. */
  start: number;
  count: number;
  learningRate: number;
}

/**
 * Wall-clock seconds of training steps on one batch: forward, backward, optimizer and transform. Data, evaluation and
 * checkpoints are excluded.
 */
export function timedSteps<Batch>(
  task: TrainingTask<Batch>,
  batch: Batch,
  optimizer: Optimizer,
  options: TimedStepsOptions,
): number {
  checkOptions('timedSteps', options, ['start', 'count', 'learningRate']);
  const { start, count, learningRate } = options;
  const variables = trainedVariables(task);
  const began = performance.now();
  for (let step = start; step < start + count; step++) {
    task.transform?.step.set(step);
    const { variables: reached, gradients } = batchGradients(task, variables, batch, step);
    optimizer.step(reached, gradients, learningRate);
    task.constrain?.();
    task.transform?.afterStep?.(optimizer);
    for (const gradient of gradients) gradient.dispose();
  }
  return (performance.now() - began) / 1000;
}
