import type { SweepResult } from '../experiments/sweep-result.js';

/** What an evaluation during training found. */
export interface TrainingEvaluation {
  readonly step: number;
  /** Epochs done. */
  readonly epoch: number;
  readonly learningRate: number;
  /** Wall-clock seconds of all steps so far, evaluations not counted. */
  readonly seconds: number;
  /** `trainLoss`, the mean over the epoch's batches, `testLoss`, and `testAccuracy` in [0, 1]. */
  readonly metrics: { readonly trainLoss: number; readonly testLoss: number; readonly testAccuracy: number };
}

/** What a training run came to: the contents of its `result.json`. */
export interface TrainingResult {
  readonly format: 'winnow-train/1';
  /** ISO 8601. */
  readonly created: string;
  /** The command that repeats it. */
  readonly command: string;
  /** Titles of data set and model. */
  readonly dataset: string;
  readonly model: string;
  readonly parameters: number;
  readonly trainImages: number;
  readonly testImages: number;
  /** All settings of the run but where its data lie. */
  readonly config: Readonly<Record<string, unknown>> & {
    readonly epochs: number;
    readonly batchSize: number;
    readonly seed: number;
    readonly method: string;
  };
  readonly environment: SweepResult['environment'];
  readonly steps: number;
  /** Wall-clock seconds of all steps, evaluations not counted. */
  readonly seconds: number;
  readonly evaluations: readonly TrainingEvaluation[];
  readonly best: { readonly metric: string; readonly value: number; readonly step: number };
}
