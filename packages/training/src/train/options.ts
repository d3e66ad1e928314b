import type { AugmentOptions } from '@winnow/data';
import { checkKeys } from '@winnow/native/value-checks';
import type { Execution } from '@winnow/ops';
import { checkAugment, checkCount, checkFunction, checkOptions, checkSeed, checkSignal } from '../arguments.js';
import { checkData, isSplit, isStream, type TrainingData } from '../examples/training-data.js';
import { OBJECTIVE_OPTIONS, type ObjectiveOptions } from '../objective/objective.js';
import { checkCheckpointOptions } from './checkpoint-options.js';
import type { LearningRateSchedule } from './learning-rate.js';
import { OPTIMIZER_OPTIONS, type OptimizerChoice, optimizerSettings } from './make-optimizer.js';
import type { CheckpointOptions, EvaluationSchedule, RunObserver, StepReport } from './task-options.js';

/**
 * Everything that decides a training run. Two runs with equal options end in equal weights.
 *
 * For examples of one's own, `loss`, `metrics`, `lossWeights` and `classWeight` are as `model.compile` and `model.fit`
 * have them. For an image split, `loss` and `classWeight` may be given.
 */
export interface TrainOptions extends OptimizerChoice, ObjectiveOptions {
  /** Passes over the training data, an integer ≥ 1. */
  epochs: number;
  /**
   * Examples per batch, an integer ≥ 1. A last, smaller batch of an epoch is left out. Needed unless the data is a
   * `tf.data.Dataset`, which comes in batches.
   */
  batchSize?: number;
  /** Batches of an epoch: needed for a `tf.data.Dataset` that does not know its length, and for no other data. */
  batchesPerEpoch?: number;
  /** Whether every epoch goes through examples `{x, y}` in another order. Default true. Image splits always are. */
  shuffle?: boolean;
  /** Batches whose gradients are averaged for one step, an integer ≥ 1. Default 1. */
  accumulate?: number;
  learningRate: LearningRateSchedule;
  /** Seed of data order and augmentation. Default 0. */
  seed?: number;
  /** Augmentation and standardisation of an image split. Default: images as they are, scaled to [0, 1]. */
  augment?: AugmentOptions;
  /**
   * Data to evaluate on, each example once: `testLoss`, `testAccuracy` for image splits, `test…` for every other
   * metric. Default: no evaluation.
   */
  test?: TrainingData;
  /** When to evaluate, besides at the end. Default: after every epoch. */
  evaluateEvery?: EvaluationSchedule;
  /** Where checkpoints go; a directory that holds one of the same run is resumed from. */
  checkpoint?: CheckpointOptions;
  /**
   * How Conv2D and Dense layers and the Transformer's maps compute where a method has cut weights: `'auto'` leaves the
   * zeros out where that is faster, `'sparse'` everywhere. Rounding differs. Default `'dense'`.
   */
  execution?: Execution;
  /** Aborting it writes a checkpoint (if asked for) and ends the run after the current step. */
  signal?: AbortSignal;
  /** Called after every step. */
  onStep?: (report: StepReport) => void;
  /** What watches the run: logs, event files, progress bars. */
  observers?: readonly RunObserver[];
}

const KEYS: readonly string[] = [
  ...OBJECTIVE_OPTIONS,
  ...['epochs', 'batchSize', 'batchesPerEpoch', 'shuffle', 'accumulate', 'learningRate', 'seed', 'augment', 'test'],
  ...['evaluateEvery', 'checkpoint', 'execution', 'signal', 'onStep', 'observers'],
  ...OPTIMIZER_OPTIONS,
];

/** Options that only some data has, with the data in words. */
const ONLY: readonly [option: keyof TrainOptions, has: (data: TrainingData) => boolean, what: string][] = [
  ['augment', isSplit, 'image splits'],
  ['metrics', (data) => !isSplit(data), 'examples {x, y} and tf.data.Dataset'],
  ['lossWeights', (data) => !isSplit(data), 'examples {x, y} and tf.data.Dataset'],
  ['shuffle', (data) => !isSplit(data) && !isStream(data), 'examples {x, y}'],
  ['batchesPerEpoch', isStream, 'a tf.data.Dataset'],
];

/** @throws TypeError or RangeError naming the argument, its range and its value. */
export function checkTrainOptions(data: TrainingData, options: TrainOptions): void {
  checkOptions('train', options, KEYS);
  const check = (argument: string, range: string, value: unknown, isGood: boolean) => {
    if (!isGood) throw new RangeError(`train: ${argument} must be ${range}, got ${value}`);
  };
  for (const [option, has, what] of ONLY) {
    if (options[option] === undefined || has(data)) continue;
    throw new RangeError(`train: ${option} is for ${what} alone, got ${options[option]}`);
  }
  const { epochs, batchSize, shuffle, observers, test } = options;
  const { optimizer, momentum, nesterov, beta1, beta2, weightDecay, clipNorm } = optimizerSettings(options);
  const isRate = (value: number) => value >= 0 && value < 1;
  checkCount('train', 'epochs', epochs);
  if (isSplit(data)) {
    const range = `an integer in [1, ${data.count}] (the training images)`;
    check('batchSize', range, batchSize, Number.isInteger(batchSize) && batchSize! >= 1 && batchSize! <= data.count);
  }
  if (shuffle !== undefined && typeof shuffle !== 'boolean') {
    throw new TypeError(`train: shuffle must be a boolean, got ${shuffle}`);
  }
  checkAugment('train', options.augment);
  const { execution = 'dense' } = options;
  check('execution', 'one of auto, dense, sparse', execution, ['auto', 'dense', 'sparse'].includes(execution));
  if (options.seed !== undefined) checkSeed('train', options.seed);
  if (test !== undefined) checkData('train', 'test', test);
  const { checkpoint, evaluateEvery } = options;
  checkCheckpointOptions('train', checkpoint);
  if (evaluateEvery !== undefined) checkKeys('train', 'evaluateEvery', evaluateEvery, ['epochs', 'steps']);
  checkFunction('train', 'onStep', options.onStep);
  checkSignal('train', options.signal);
  if (observers !== undefined && !Array.isArray(observers)) {
    throw new TypeError(`train: observers must be an array, got ${observers}`);
  }
  check('optimizer', 'one of sgd, adam, adamw', optimizer, ['sgd', 'adam', 'adamw'].includes(optimizer));
  check('momentum', 'in [0, 1)', momentum, isRate(momentum));
  check('nesterov', 'false without momentum', nesterov, !nesterov || momentum > 0);
  check('beta1', 'in [0, 1)', beta1, isRate(beta1));
  check('beta2', 'in [0, 1)', beta2, isRate(beta2));
  check('weightDecay', '≥ 0', weightDecay, weightDecay >= 0);
  if (clipNorm !== null) check('clipNorm', '> 0', clipNorm, clipNorm > 0);
}
