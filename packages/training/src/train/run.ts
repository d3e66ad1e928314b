import { type Progress, type RunState, writeCheckpoint } from './checkpoint.js';
import { learningRateAt } from './learning-rate.js';
import { NotFiniteError, notFiniteWeight } from './not-finite.js';
import { savedVariables } from './saved-variables.js';
import type { TrainingTask } from './task.js';
import type { RunObserver, TaskOptions, TaskResult } from './task-options.js';

/** State of one run: its progress, when it evaluates, what it saves. */
export class Run<Batch> {
  readonly stepsPerEpoch: number;
  readonly totalSteps: number;
  readonly state: RunState;
  progress: Progress = {
    step: 0,
    seconds: 0,
    epochLoss: { sum: 0, batches: 0 },
    lastLoss: null,
    evaluatedStep: 0,
  };
  private isSaved = true;

  constructor(
    private readonly task: TrainingTask<Batch>,
    private readonly options: TaskOptions,
  ) {
    this.stepsPerEpoch = Math.floor(task.stepsPerEpoch / (options.accumulate ?? 1));
    this.totalSteps = this.stepsPerEpoch * options.epochs;
    const { epochs, learningRate, accumulate = 1, optimizer, identity } = options;
    this.state = {
      task,
      optimizer,
      identity: {
        task: task.name,
        epochs,
        batchesPerEpoch: task.stepsPerEpoch,
        accumulate,
        learningRate,
        optimizer: optimizer.name,
        ...identity,
        variables: Object.fromEntries([...savedVariables(task)].map(([name, { shape }]) => [name, shape])),
        transform: task.transform && {
          name: task.transform.transform.name,
          config: task.transform.transform.getConfig(),
          kernels: task.transform.kernels.map(({ path }) => path),
        },
      },
    };
  }

  get isInterrupted(): boolean {
    return this.options.signal?.aborted === true;
  }

  notify(call: (observer: RunObserver) => void): void {
    for (const observer of this.options.observers ?? []) call(observer);
  }

  /** Counts a finished step, notifies the observers, and saves a checkpoint if one is due. */
  stepDone(epoch: number, loss: number, learningRate: number, seconds: number): void {
    const { progress, totalSteps } = this;
    const { examplesPerStep } = this.task;
    const { accumulate = 1, checkpoint } = this.options;
    if (progress.step % this.stepsPerEpoch === 0) progress.epochLoss = { sum: 0, batches: 0 };
    progress.epochLoss.sum += loss;
    progress.epochLoss.batches++;
    progress.lastLoss = loss;
    progress.seconds += seconds;
    progress.step++;
    this.isSaved = false;
    const { step } = progress;
    const examples = examplesPerStep * accumulate;
    this.notify((observer) =>
      observer.onStep?.({ step, totalSteps, epoch, loss: () => loss, learningRate, examples, seconds }),
    );
    const isEpochOver = step % this.stepsPerEpoch === 0;
    if (isEpochOver || (checkpoint?.everySteps && step % checkpoint.everySteps === 0)) this.save();
  }

  /** Writes checkpoint `last`, unless this state is already saved. Synchronous. */
  save(): void {
    const { checkpoint } = this.options;
    if (!checkpoint || this.isSaved) return;
    this.checkWeights();
    this.notify((observer) => observer.onCheckpoint?.(this.progress.step));
    writeCheckpoint(checkpoint.directory, 'last', this.state, this.progress);
    this.isSaved = true;
  }

  /** Evaluates if an evaluation is due after this step; keeps the best weights; saves. */
  async evaluateIfDue(): Promise<void> {
    const { progress, task, options, totalSteps } = this;
    if (!this.isDue() || this.isInterrupted) return;
    const { sum, batches } = progress.epochLoss;
    this.notify((observer) => observer.onEvaluate?.());
    let measured: Readonly<Record<string, number>> = {};
    try {
      measured = (await task.evaluate?.(options.signal)) ?? {};
    } catch (error) {
      // Discard the partial result. The step is in a checkpoint, and the resumed run repeats the evaluation.
      if (this.isInterrupted) return;
      throw error;
    }
    const metrics = { trainLoss: sum / batches, ...measured };
    progress.evaluatedStep = progress.step;
    this.isSaved = false;
    this.notify((observer) =>
      observer.onEvaluation?.({
        step: progress.step,
        totalSteps,
        epoch: progress.step / this.stepsPerEpoch,
        learningRate: learningRateAt(options.learningRate, progress.step - 1, totalSteps),
        seconds: progress.seconds,
        metrics,
      }),
    );
    this.keepBest(metrics);
    this.save();
  }

  result(): TaskResult {
    const { step, seconds, lastLoss, best } = this.progress;
    return {
      steps: step,
      totalSteps: this.totalSteps,
      interrupted: step < this.totalSteps || this.isDue(),
      seconds,
      finalLoss: lastLoss ?? Number.NaN,
      ...(best && { best }),
    };
  }

  private isDue(): boolean {
    const { step, evaluatedStep } = this.progress;
    if (step === 0 || evaluatedStep === step) return false;
    const every = this.options.evaluateEvery ?? { epochs: 1 };
    const steps = 'steps' in every ? every.steps : every.epochs * this.stepsPerEpoch;
    return step === this.totalSteps || step % steps === 0;
  }

  private keepBest(metrics: Readonly<Record<string, number>>): void {
    const { checkpoint } = this.options;
    if (!checkpoint?.best) return;
    const { metric, mode = /loss$/i.test(metric) ? 'min' : 'max' } = checkpoint.best;
    const value = metrics[metric];
    if (value === undefined) {
      throw new Error(
        `trainTask: checkpoint.best.metric must be one of ${Object.keys(metrics).join(', ')}, got '${metric}'`,
      );
    }
    const { best, step } = this.progress;
    if (best && (mode === 'max' ? value <= best.value : value >= best.value)) return;
    this.progress.best = { metric, value, step };
    this.checkWeights();
    writeCheckpoint(checkpoint.directory, 'best', this.state, this.progress);
  }

  /** Refuses to save weights that are not finite: a run resumed from them could only fail again. */
  private checkWeights(): void {
    const where = notFiniteWeight(this.task);
    if (where) throw new NotFiniteError('trainTask', this.progress.step, this.progress.lastLoss ?? Number.NaN, where);
  }
}
