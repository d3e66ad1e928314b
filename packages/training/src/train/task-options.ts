import { checkKeys } from '@winnow/native/value-checks';
import type { Optimizer } from '@winnow/ops';
import { checkCheckpointOptions } from './checkpoint-options.js';
import { checkSchedule, type LearningRateSchedule } from './learning-rate.js';
import type { TaskDescription, TrainingTask } from './task.js';

/** Options of `trainTask`. */
export interface TaskOptions {
  /** Passes over the task's batches, an integer ≥ 1. */
  epochs: number;
  learningRate: LearningRateSchedule;
  /** Disposed by the caller. */
  optimizer: Optimizer;
  /**
   * Batches per step, an integer in [1, batches of an epoch]. Their gradients are averaged; without BatchNorm this
   * equals one batch that is as many times larger. Batches at the end of an epoch that do not fill a step are skipped.
   * Default 1.
   */
  accumulate?: number;
  /** When to call `task.evaluate`, apart from the end. Default: after every epoch. */
  evaluateEvery?: EvaluationSchedule;
  /** Where to write checkpoints. If the directory holds one of the same run, training resumes from it. */
  checkpoint?: CheckpointOptions;
  /**
   * Everything else that affects the result, as plain JSON: the optimizer's hyperparameters, seeds, and as `data` and
   * `test` digests of the data, such as `splitDigest` of `@winnow/data` gives. A checkpoint with another identity is
   * refused, as is one without `data` where `data` is given.
   */
  identity?: Readonly<Record<string, unknown>>;
  /** Aborting saves a checkpoint at once (if configured) and ends the run. */
  signal?: AbortSignal | undefined;
  /** Observers of the run: logs, event files, progress bars. */
  observers?: readonly RunObserver[];
}

/** Evaluate after every `epochs` epochs, or after every `steps` steps. */
export type EvaluationSchedule = { epochs: number } | { steps: number };

/** Where and when to write checkpoints, and what counts as best. */
export interface CheckpointOptions {
  directory: string;
  /**
   * Steps between checkpoints. One is also written after every epoch and evaluation and when the run is interrupted.
   */
  everySteps?: number;
  /** The metric whose best weights are saved as `best.safetensors`. Default: none. */
  best?: BestMetric;
}

/** A metric of `evaluate`, or `trainLoss`. */
export interface BestMetric {
  metric: string;
  /** Whether higher or lower is better. Default: `'min'` if the name ends in `loss`, otherwise `'max'`. */
  mode?: 'max' | 'min';
}

/** What an observer learns about a step. */
export interface StepReport {
  /** Steps done, this one included. */
  step: number;
  totalSteps: number;
  /** From 0. */
  epoch: number;
  /** Mean loss of the step's batches. */
  loss: () => number;
  learningRate: number;
  /** Examples in the step. */
  examples: number;
  /** Wall-clock seconds of the step, including the wait for its batches. */
  seconds: number;
}

/** What an observer learns about an evaluation. */
export interface EvaluationReport {
  step: number;
  totalSteps: number;
  /** Epochs done, with a fraction within an epoch. */
  epoch: number;
  learningRate: number;
  /** Wall-clock seconds of all steps so far, without evaluations. */
  seconds: number;
  /** `trainLoss`, the mean over this epoch's batches so far, and the metrics of the task's `evaluate`. */
  metrics: Readonly<Record<string, number>>;
}

/** Observes a run. All methods are optional. An observer must not change the task. */
export interface RunObserver {
  /** Called before the first step. `step` counts the steps done before: 0, or the step of the resumed checkpoint. */
  onStart?(start: { task: TaskDescription; step: number; totalSteps: number }): void;
  onStep?(report: StepReport): void;
  /** Called before the task's `evaluate`. */
  onEvaluate?(): void;
  onEvaluation?(report: EvaluationReport): void;
  /** Called before a checkpoint is written. Write everything up to `step` to disk here. */
  onCheckpoint?(step: number): void;
  /** Called when the run ends for any reason. */
  onEnd?(): void;
}

/** How a run ended. */
export interface TaskResult {
  /** Steps done in total, including those before resuming. */
  steps: number;
  totalSteps: number;
  interrupted: boolean;
  /** Wall-clock seconds of all steps, including those before resuming, without evaluations. */
  seconds: number;
  /** Loss of the last step; NaN if no step was run. */
  finalLoss: number;
  /** The best value of the chosen metric, and its step. */
  best?: { metric: string; value: number; step: number };
}

const KEYS = [
  ...['epochs', 'learningRate', 'optimizer', 'accumulate', 'evaluateEvery', 'checkpoint', 'identity', 'signal'],
  'observers',
] as const;

/**
 * @throws TypeError or RangeError naming the argument, its range and its value; Error if a method acts on what the task
 *   does not train
 */
export function checkTaskOptions<Batch>(caller: string, task: TrainingTask<Batch>, options: TaskOptions): void {
  const integer = (argument: string, value: number | undefined, high = Number.MAX_SAFE_INTEGER, note = '') => {
    if (value === undefined || (Number.isInteger(value) && value >= 1 && value <= high)) return;
    const range = high === Number.MAX_SAFE_INTEGER ? '≥ 1' : `in [1, ${high}]${note}`;
    throw new RangeError(`${caller}: ${argument} must be an integer ${range}, got ${value}`);
  };
  if (typeof task?.batches !== 'function' || typeof task.loss !== 'function') {
    throw new TypeError(`${caller}: task must have batches and loss, got ${task === undefined ? task : typeof task}`);
  }
  checkKeys(caller, 'options', options, KEYS);
  if (typeof options.optimizer?.step !== 'function') {
    throw new TypeError(`${caller}: optimizer must be sgd or adam of @winnow/ops, got ${options.optimizer}`);
  }
  checkTrained(caller, task);
  const { epochs, accumulate = 1, evaluateEvery, checkpoint, learningRate } = options;
  integer('epochs', epochs);
  integer('stepsPerEpoch', task.stepsPerEpoch);
  integer('accumulate', accumulate, task.stepsPerEpoch, ' (the batches of an epoch)');
  if (evaluateEvery) {
    const [unit, value] = Object.entries(evaluateEvery)[0] ?? ['epochs', Number.NaN];
    integer(`evaluateEvery.${unit}`, value);
  }
  checkCheckpointOptions(caller, checkpoint);
  integer('checkpoint.everySteps', checkpoint?.everySteps);
  checkSchedule(caller, learningRate, Math.floor(task.stepsPerEpoch / accumulate) * epochs);
}

/** A method would go on to drop what the task does not train, and to renew its masks. */
function checkTrained(caller: string, { transform, trainable }: TaskDescription): void {
  if (transform === undefined) return;
  const trained = new Set(trainable);
  const frozen = transform.kernels.filter(({ variable }) => !trained.has(variable)).map(({ path }) => `'${path}'`);
  if (frozen.length === 0) return;
  throw new Error(
    `${caller}: method '${transform.transform.name}' acts on ${frozen.join(', ')}, which the task does not train: ` +
      'frozen after the method was applied, or when the task was made. bake() first (which writes masks into the ' +
      'weights) or remove(), then freeze, apply the method again, which leaves frozen layers out, and make the task',
  );
}
