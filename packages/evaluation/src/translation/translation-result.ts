import type { Bleu } from '@winnow/training';
import type { SweepResult } from '../experiments/sweep-result.js';

/** The mean loss of some steps, up to `step`. */
export interface TranslationSteps {
  readonly step: number;
  readonly epoch: number;
  /** With label smoothing. */
  readonly loss: number;
  readonly learningRate: number;
  readonly examplesPerSecond: number;
}

/** What was measured after an epoch. */
export interface TranslationEvaluation {
  readonly step: number;
  readonly epoch: number;
  readonly learningRate: number;
  /** Wall-clock seconds of all steps so far. */
  readonly seconds: number;
  /** `trainLoss` with label smoothing, `validationLoss` without, both in nats per token. */
  readonly metrics: { readonly trainLoss: number; readonly validationLoss: number };
}

/** What a translation run came to: the contents of its `result.json`. */
export interface TranslationResult {
  readonly format: 'winnow-translation/1';
  /** ISO 8601. */
  readonly created: string;
  /** The command that repeats it. */
  readonly command: string;
  /** Titles of data set and model, and the languages' BCP 47 tags. */
  readonly dataset: string;
  readonly model: string;
  readonly languages: readonly [source: string, target: string];
  readonly parameters: number;
  readonly pairs: { readonly train: number; readonly validation: number; readonly test: number };
  readonly settings: {
    readonly epochs: number;
    readonly batchSize: number;
    readonly seed: number;
    readonly beam: number;
    readonly lengthPenalty: number;
    readonly [setting: string]: string | number | boolean;
  };
  readonly environment: SweepResult['environment'];
  readonly steps: number;
  /** Wall-clock seconds of all steps, evaluations not counted. */
  readonly seconds: number;
  readonly log: readonly TranslationSteps[];
  readonly evaluations: readonly TranslationEvaluation[];
  /** On the test set: by beam search with the settings' beam and length penalty, and greedily. */
  readonly bleu: { readonly beam: Bleu; readonly greedy: Bleu };
  /** The first lines of the test set. */
  readonly examples: readonly { readonly source: string; readonly target: string; readonly reference: string }[];
}
