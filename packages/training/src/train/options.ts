import type { AugmentOptions, Split } from '@winnow/data';
import type { LearningRateSchedule } from './learning-rate.js';
import { type OptimizerChoice, optimizerSettings } from './make-optimizer.js';
import type { CheckpointOptions, EvaluationSchedule, RunObserver, StepReport } from './task-options.js';

/** Everything that decides a training run. Two runs with equal options end in equal weights. */
export interface TrainOptions extends OptimizerChoice {
  /** Passes over the training images, an integer ≥ 1. */
  epochs: number;
  /** Images per batch, an integer ≥ 1. A last, smaller batch of an epoch is left out. */
  batchSize: number;
  /** Batches whose gradients are averaged for one step, an integer ≥ 1. Default 1. */
  accumulate?: number;
  learningRate: LearningRateSchedule;
  /** Seed of data order and augmentation. Default 0. */
  seed?: number;
  /** Augmentation and standardisation of the images. Default: as they are, scaled to [0, 1]. */
  augment?: AugmentOptions;
  /** Images to evaluate on: `testLoss` and `testAccuracy`, each image once. Default: no evaluation. */
  test?: Split;
  /** When to evaluate, besides at the end. Default: after every epoch. */
  evaluateEvery?: EvaluationSchedule;
  /** Where checkpoints go; a directory that holds one of the same run is resumed from. */
  checkpoint?: CheckpointOptions;
  /** Aborting it writes a checkpoint (if asked for) and ends the run after the current step. */
  signal?: AbortSignal;
  /** Called after every step. */
  onStep?: (report: StepReport) => void;
  /** What watches the run: logs, event files, progress bars. */
  observers?: readonly RunObserver[];
}

/** @throws RangeError naming the argument, its range and its value. */
export function checkTrainOptions(split: Split, options: TrainOptions): void {
  const check = (argument: string, range: string, value: unknown, isGood: boolean) => {
    if (!isGood) throw new RangeError(`train: ${argument} must be ${range}, got ${value}`);
  };
  const { epochs, batchSize } = options;
  const { optimizer, momentum, nesterov, beta1, beta2, weightDecay, clipNorm } = optimizerSettings(options);
  const isRate = (value: number) => value >= 0 && value < 1;
  check('epochs', 'an integer ≥ 1', epochs, Number.isInteger(epochs) && epochs >= 1);
  check(
    'batchSize',
    `an integer in [1, ${split.count}] (the training images)`,
    batchSize,
    Number.isInteger(batchSize) && batchSize >= 1 && batchSize <= split.count,
  );
  check('optimizer', 'one of sgd, adam, adamw', optimizer, ['sgd', 'adam', 'adamw'].includes(optimizer));
  check('momentum', 'in [0, 1)', momentum, isRate(momentum));
  check('nesterov', 'false without momentum', nesterov, !nesterov || momentum > 0);
  check('beta1', 'in [0, 1)', beta1, isRate(beta1));
  check('beta2', 'in [0, 1)', beta2, isRate(beta2));
  check('weightDecay', '≥ 0', weightDecay, weightDecay >= 0);
  if (clipNorm !== null) check('clipNorm', '> 0', clipNorm, clipNorm > 0);
}
