import type { AugmentOptions, Split } from '../datasets/index.js';
import type { LearningRateSchedule } from './learning-rate.js';
import type { CheckpointOptions, EvaluationSchedule, RunObserver, StepReport } from './task-options.js';

/** Everything that decides a training run. Two runs with equal options end in equal weights. */
export interface TrainOptions {
  /** Passes over the training images, an integer ≥ 1. */
  epochs: number;
  /** Images per batch, an integer ≥ 1. A last, smaller batch of an epoch is left out. */
  batchSize: number;
  /** Batches whose gradients are averaged for one step, an integer ≥ 1. Default 1. */
  accumulate?: number;
  learningRate: LearningRateSchedule;
  /** Momentum of stochastic gradient descent, in [0, 1). Default 0.9. */
  momentum?: number;
  /** Nesterov's form of momentum. Default false. */
  nesterov?: boolean;
  /** λ of the term λ/2·‖w‖² over all kernels, on the raw variables; ≥ 0. Default 0. */
  weightDecay?: number;
  /** Gradients are scaled so that their global L2 norm is at most this; > 0. Default: not clipped. */
  clipNorm?: number;
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
  const check = (argument: string, range: string, value: number, isGood: boolean) => {
    if (!isGood) throw new RangeError(`train: ${argument} must be ${range}, got ${value}`);
  };
  const { epochs, batchSize, momentum = 0.9, weightDecay = 0, clipNorm } = options;
  check('epochs', 'an integer ≥ 1', epochs, Number.isInteger(epochs) && epochs >= 1);
  check(
    'batchSize',
    `an integer in [1, ${split.count}] (the training images)`,
    batchSize,
    Number.isInteger(batchSize) && batchSize >= 1 && batchSize <= split.count,
  );
  check('momentum', 'in [0, 1)', momentum, momentum >= 0 && momentum < 1);
  check('weightDecay', '≥ 0', weightDecay, weightDecay >= 0);
  if (clipNorm !== undefined) check('clipNorm', '> 0', clipNorm, clipNorm > 0);
}
