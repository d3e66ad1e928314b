import type { Optimizer } from '@winnow/ops';
import { checkSchedule, type LearningRateSchedule } from './learning-rate.js';
import type { TaskDescription } from './task.js';

/** How a task is trained. */
export interface TaskOptions {
  /** Passes over the task's batches, an integer ≥ 1. */
  epochs: number;
  learningRate: LearningRateSchedule;
  /** The caller disposes it. */
  optimizer: Optimizer;
  /**
   * Batches per step: gradients are averaged over so many, which without BatchNorm equals a batch that is as much larger; an
   * integer in [1, batches of an epoch]. Batches at the end of an epoch that do not fill a step are left out. Default 1.
   */
  accumulate?: number;
  /** When `task.evaluate` is called, besides at the end; default after every epoch. */
  evaluateEvery?: EvaluationSchedule;
  /** Where checkpoints go; a directory that holds one of the same run is resumed from. */
  checkpoint?: CheckpointOptions;
  /** All else that decides the result, as plain JSON: the optimizer's hyperparameters, seeds. Told apart by it, checkpoints of other runs are refused. */
  identity?: Readonly<Record<string, unknown>>;
  /** Aborting it writes a checkpoint at once (if asked for) and ends the run. */
  signal?: AbortSignal | undefined;
  /** What watches the run: logs, event files, progress bars. */
  observers?: readonly RunObserver[];
}

/** Evaluate after every `epochs` epochs, or after every `steps` steps. */
export type EvaluationSchedule = { epochs: number } | { steps: number };

/** When and where checkpoints are written, and which is kept as the best. */
export interface CheckpointOptions {
  directory: string;
  /** Steps between checkpoints; one is also written at every end of an epoch, after an evaluation and when interrupted. */
  everySteps?: number;
  /** The metric whose best value is kept as `best.safetensors`. Default: none is. */
  best?: BestMetric;
}

/** A metric of `evaluate`, or `trainLoss`. */
export interface BestMetric {
  metric: string;
  /** Whether more is better. Default: less is for names that end in `loss`, more for all others. */
  mode?: 'max' | 'min';
}

/** What an observer is told about a step. */
export interface StepReport {
  /** Steps done, from 1. */
  step: number;
  totalSteps: number;
  /** From 0. */
  epoch: number;
  /** Mean loss of the step's batches. */
  loss: () => number;
  learningRate: number;
  /** Examples of the step. */
  examples: number;
  /** Wall-clock seconds of the step, waiting for its batches included. */
  seconds: number;
}

/** What an observer is told at an evaluation or the end of an epoch. */
export interface EvaluationReport {
  step: number;
  totalSteps: number;
  /** Epochs done; a fraction within an epoch. */
  epoch: number;
  learningRate: number;
  /** Wall-clock seconds of all steps so far, evaluations not counted. */
  seconds: number;
  /** `trainLoss`, the mean over this epoch's batches so far, and what the task's `evaluate` gives. */
  metrics: Readonly<Record<string, number>>;
}

/** Watches a run. Every method is optional; none may change the task. */
export interface RunObserver {
  /** @param step steps done before: 0, or those of the checkpoint that the run goes on from */
  onStart?(start: { task: TaskDescription; step: number; totalSteps: number }): void;
  onStep?(report: StepReport): void;
  /** The task's `evaluate` begins. */
  onEvaluate?(): void;
  onEvaluation?(report: EvaluationReport): void;
  /** A checkpoint is about to be written: what is known up to `step` should be on the disk. */
  onCheckpoint?(step: number): void;
  /** The run ends, in whatever way. */
  onEnd?(): void;
}

/** How a run ended. */
export interface TaskResult {
  /** Steps done in all, those before a resumed checkpoint included. */
  steps: number;
  totalSteps: number;
  interrupted: boolean;
  /** Wall-clock seconds of all steps, resumed ones included, evaluations not. */
  seconds: number;
  /** Loss of the last step; NaN if no step was ever run. */
  finalLoss: number;
  /** The best value of the metric that was asked for, and its step. */
  best?: { metric: string; value: number; step: number };
}

/** @throws RangeError naming the argument, its range and its value. */
export function checkTaskOptions(caller: string, task: TaskDescription, options: TaskOptions): void {
  const integer = (argument: string, value: number | undefined, high = Number.MAX_SAFE_INTEGER, note = '') => {
    if (value === undefined || (Number.isInteger(value) && value >= 1 && value <= high)) return;
    const range = high === Number.MAX_SAFE_INTEGER ? '≥ 1' : `in [1, ${high}]${note}`;
    throw new RangeError(`${caller}: ${argument} must be an integer ${range}, got ${value}`);
  };
  const { epochs, accumulate = 1, evaluateEvery, checkpoint, learningRate } = options;
  integer('epochs', epochs);
  integer('stepsPerEpoch', task.stepsPerEpoch);
  integer('accumulate', accumulate, task.stepsPerEpoch, ' (the batches of an epoch)');
  if (evaluateEvery) {
    const [unit, value] = Object.entries(evaluateEvery)[0] ?? ['epochs', Number.NaN];
    integer(`evaluateEvery.${unit}`, value);
  }
  integer('checkpoint.everySteps', checkpoint?.everySteps);
  checkSchedule(caller, learningRate, Math.floor(task.stepsPerEpoch / accumulate) * epochs);
}
