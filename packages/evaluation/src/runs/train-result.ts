import type { SweepResult } from '../report/index.js';
import type { EvaluationRecord } from '../train/index.js';
import type { RunConfig } from './config.js';

/** What a training run came to: the contents of its `result.json`. */
export interface TrainRunResult {
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
  readonly config: Omit<RunConfig, 'dataDir'>;
  readonly environment: SweepResult['environment'];
  readonly steps: number;
  /** Wall-clock seconds of all steps, evaluations not counted. */
  readonly seconds: number;
  readonly evaluations: readonly Omit<EvaluationRecord, 'kind'>[];
  readonly best: { readonly metric: string; readonly value: number; readonly step: number };
}
