import { readFileSync } from 'node:fs';
import type { Bleu } from '../metrics/index.js';
import type { SweepResult } from '../report/index.js';
import type { EvaluationRecord, StepRecord } from '../train/index.js';
import type { TranslationSettings } from './settings.js';

const FORMAT = 'winnow-translation/1';

/** What a translation run came to: the contents of its `result.json`. */
export interface TranslationResult {
  readonly format: typeof FORMAT;
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
  readonly settings: TranslationSettings;
  readonly environment: SweepResult['environment'];
  readonly steps: number;
  /** Wall-clock seconds of all steps, evaluations not counted. */
  readonly seconds: number;
  readonly log: readonly Omit<StepRecord, 'kind'>[];
  readonly evaluations: readonly Omit<EvaluationRecord, 'kind'>[];
  /** On the test set: by beam search with the settings' beam and length penalty, and greedily. */
  readonly bleu: { readonly beam: Bleu; readonly greedy: Bleu };
  /** The first lines of the test set. */
  readonly examples: readonly { readonly source: string; readonly target: string; readonly reference: string }[];
}

export const TRANSLATION_FORMAT = FORMAT;

/** @throws Error naming the file if it is no result of a translation run */
export function readTranslationResult(file: string): TranslationResult {
  let value: TranslationResult;
  try {
    value = JSON.parse(readFileSync(file, 'utf8')) as TranslationResult;
  } catch (cause) {
    throw new Error(`${file} is not a readable JSON file: ${(cause as Error).message}`, { cause });
  }
  if (value?.format !== FORMAT) throw new Error(`${file} has format '${value?.format}', expected ${FORMAT}`);
  return value;
}
