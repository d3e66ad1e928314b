import { readCheckpoint } from './checkpoint.js';
import { accumulatedGradients, trainedVariables } from './gradients.js';
import { learningRateAt } from './learning-rate.js';
import { locateNotFinite, NotFiniteError } from './not-finite.js';
import { Run } from './run.js';
import type { TrainingTask } from './task.js';
import { checkTaskOptions, type TaskOptions, type TaskResult } from './task-options.js';

/**
 * Trains a task: schedule, gradient accumulation, evaluation, checkpoints, observers. A run that was stopped by its
 * signal, by `kill -9` or by a power failure and resumes from its checkpoint ends with exactly the same bits as an
 * uninterrupted one.
 *
 * @throws RangeError if an option is out of range or there is nothing to train, before any work; NotFiniteError if the
 *   loss becomes NaN or infinite; Error if the checkpoint directory holds a broken checkpoint or one of another run, if
 *   the best metric is not among those evaluated, or if a method acts on what the task does not train
 */
export async function trainTask<Batch>(
  task: TrainingTask<Batch>,
  options: TaskOptions,
  caller = 'trainTask',
): Promise<TaskResult> {
  checkTaskOptions(caller, task, options);
  if (trainedVariables(task).length === 0) {
    throw new RangeError(`${caller}: ${task.name} must have a variable to train, and has none: is all of it frozen?`);
  }
  const run = new Run(task, options);
  const saveAtOnce = () => {
    try {
      run.save();
    } catch {
      // An exception in a listener would end the process. The save at the end of the run throws it again.
    }
  };
  if (options.checkpoint) {
    const { directory, best } = options.checkpoint;
    const progress = readCheckpoint(directory, 'last', run.state, best?.metric);
    if (progress) run.progress = progress;
  }
  // Steps are synchronous, so this never sees the variables in the middle of a step.
  options.signal?.addEventListener('abort', saveAtOnce);
  try {
    run.notify((observer) => observer.onStart?.({ task, step: run.progress.step, totalSteps: run.totalSteps }));
    // The previous process may have stopped between its last step and that step's evaluation.
    await run.evaluateIfDue();
    while (run.progress.step < run.totalSteps && !run.isInterrupted) await trainEpoch(task, run, options, caller);
    run.save();
    return run.result();
  } finally {
    options.signal?.removeEventListener('abort', saveAtOnce);
    run.notify((observer) => observer.onEnd?.());
  }
}

/** Trains the rest of the current epoch, or until interrupted. */
async function trainEpoch<Batch>(
  task: TrainingTask<Batch>,
  run: Run<Batch>,
  { optimizer, learningRate, accumulate = 1 }: TaskOptions,
  caller: string,
): Promise<void> {
  const variables = trainedVariables(task);
  const { stepsPerEpoch, totalSteps } = run;
  const epoch = Math.floor(run.progress.step / stepsPerEpoch);
  let held: Batch[] = [];
  let start = performance.now();
  try {
    for await (const batch of task.batches(epoch, (run.progress.step % stepsPerEpoch) * accumulate)) {
      held.push(batch);
      if (run.isInterrupted) return;
      if (held.length < accumulate) continue;
      const { step } = run.progress;
      const rate = learningRateAt(learningRate, step, totalSteps);
      task.transform?.step.set(step);
      const batchNumber = epoch * task.stepsPerEpoch + (step % stepsPerEpoch) * accumulate;
      const { loss, variables: reached, gradients } = accumulatedGradients(task, variables, held, batchNumber);
      if (!Number.isFinite(loss)) {
        for (const gradient of gradients) gradient.dispose();
        throw new NotFiniteError(caller, step + 1, loss, locateNotFinite(task, held, batchNumber));
      }
      optimizer.step(reached, gradients, rate);
      task.constrain?.();
      task.transform?.afterStep?.(optimizer);
      // What the method dropped and grew has changed the weights once more.
      if (task.transform?.afterStep) task.constrain?.();
      for (const gradient of gradients) gradient.dispose();
      for (const done of held) task.disposeBatch(done);
      held = [];
      run.stepDone(epoch, loss, rate, (performance.now() - start) / 1000);
      // A step never yields to the event loop. Without this pause a signal would only be handled at the end of the run.
      await new Promise(setImmediate);
      await run.evaluateIfDue();
      if (run.isInterrupted || run.progress.step % stepsPerEpoch === 0) return;
      start = performance.now();
    }
    throw new Error(
      `${caller}: epoch ${epoch} of ${task.name} ended after ` +
        `${run.progress.step % stepsPerEpoch} of its ${stepsPerEpoch} steps`,
    );
  } finally {
    for (const left of held) task.disposeBatch(left);
  }
}
