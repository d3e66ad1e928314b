import type { Hyperparameters } from '@winnow/baselines';
import type { AugmentOptions, ImageDataset } from '@winnow/data';
import type { Execution, Granularity } from '@winnow/ops';
import type { LearningRateSchedule } from '@winnow/training';
import type { NamedModel } from './models.js';

/** One network to train: a method with its hyperparameters, once per seed. */
export interface ExperimentArm {
  /** What tables and figures call it. */
  label: string;
  method: string;
  hyperparameters: Hyperparameters;
}

/** Networks that differ in their method alone, trained and pruned alike. */
export interface Experiment {
  dataset: ImageDataset;
  model: NamedModel;
  arms: readonly ExperimentArm[];
  seeds: readonly number[];
  epochs: number;
  batchSize: number;
  learningRate: LearningRateSchedule;
  momentum: number;
  weightDecay: number;
  /** Of training; evaluation uses its standardisation alone. */
  augment: AugmentOptions;
  granularity: Granularity;
  /** How layers compute with cut weights. Default `'dense'`, and to be left out then: runs are kept under all this. */
  execution?: Exclude<Execution, 'dense'>;
  /** Fractions to prune, each in [0, 1]. */
  sparsities: readonly number[];
  /** Batches of `batchSize` from which BatchNorm statistics are re-estimated. */
  reestimateBatches: number;
  /** The command that repeats the experiment, for the result file. */
  command: string;
}

/** Accuracies at these sparsities are what the paper's tables have. */
export const PAPER_SPARSITIES: readonly number[] = [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95];
