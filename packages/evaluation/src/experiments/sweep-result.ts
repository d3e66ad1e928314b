import type { AccuracyPair } from '@winnow/training';

/** One trained network: what it scores raw, γ-masked and pruned at each sparsity. */
export interface SweepRun {
  /** What tables and figures call it; runs that differ in their seed alone share a label. */
  readonly label: string;
  readonly method: string;
  readonly hyperparameters: Readonly<Record<string, number | string | boolean>>;
  readonly seed: number;
  readonly trainSeconds: number;
  /** Number of test images behind each accuracy. */
  readonly testImages: number;
  /** With all weights. */
  readonly raw: AccuracyPair;
  /** With the weights cut that training targeted: fraction γ in [0, 1]. Absent for methods without a target. */
  readonly masked?: AccuracyPair & { readonly targetFraction: number };
  /** Pruned in one shot, by rising sparsity in [0, 1]. */
  readonly rows: readonly (AccuracyPair & { readonly sparsity: number })[];
}

/** What a sparsity sweep found: the contents of a result file. */
export interface SweepResult {
  readonly format: 'winnow-sweep/1';
  /** ISO 8601. */
  readonly created: string;
  /** The command that made it. */
  readonly command: string;
  /** Title of the data set. */
  readonly dataset: string;
  /** Number of classes; the figure then shows what guessing would score. */
  readonly classes?: number;
  readonly model: string;
  readonly parameters: number;
  readonly prunableParameters: number;
  readonly epochs: number;
  readonly batchSize: number;
  readonly granularity: 'weight' | 'unit';
  readonly environment: {
    readonly cpu: string;
    readonly cores: number;
    readonly node: string;
    readonly tensorflow: string;
    readonly isa: string;
    readonly winnow: string;
  };
  readonly runs: readonly SweepRun[];
  /** Milliseconds of a training step by label, where they were measured. */
  readonly stepMilliseconds?: Readonly<Record<string, number>>;
}

/** A result file that is broken; the message names the file and the place in it. */
export class ResultFileError extends Error {
  override readonly name = 'ResultFileError';
}
