/** What a translation run came to: the schema, type and reader of its `result.json`. */

import { z } from 'zod';
import { filledIn } from '../schema/settings.js';
import { type DeepReadonly, integer, list, nonNegative, object } from '../schema/values.js';
import { translationSettings } from '../translation/settings.js';
import { header, parseResult, readResultText, text } from './result-file.js';

/** As `corpusBleu` gives it. */
const bleu = object({
  score: nonNegative,
  precisions: list(nonNegative),
  correct: list(integer(0)),
  total: list(integer(0)),
  brevityPenalty: nonNegative,
  hypothesisLength: integer(0),
  referenceLength: integer(0),
  signature: text,
});

const progress = { step: integer(1), epoch: nonNegative, learningRate: nonNegative };

const translationResult = object({
  format: z.literal('winnow-translation/1', "'winnow-translation/1'"),
  ...header,
  /** BCP 47 tags of source and target. */
  languages: z.tuple([text, text], 'a list of two texts'),
  pairs: object({ train: integer(1), validation: integer(1), test: integer(1) }),
  /** All settings of the run. */
  settings: filledIn(translationSettings, ['execution']),
  steps: integer(1),
  /** Wall-clock seconds of all steps, evaluations not counted. */
  seconds: nonNegative,
  /** The mean loss of some steps, up to `step`, with label smoothing. */
  log: list(object({ ...progress, loss: nonNegative, examplesPerSecond: nonNegative })),
  /** What was measured after each epoch; `seconds` are those of all steps so far. */
  evaluations: list(
    object({
      ...progress,
      seconds: nonNegative,
      /** `trainLoss` with label smoothing, `validationLoss` without, both in nats per token. */
      metrics: object({ trainLoss: nonNegative, validationLoss: nonNegative }),
    }),
  ),
  /** On the test set: by beam search with the settings' beam and length penalty, and greedily. */
  bleu: object({ beam: bleu, greedy: bleu }),
  /** The first lines of the test set. */
  examples: list(object({ source: z.string('a text'), target: z.string('a text'), reference: z.string('a text') })),
});

/** The contents of a translation run's `result.json`. */
export type TranslationResult = DeepReadonly<z.output<typeof translationResult>>;

/**
 * Reads the result of a translation run from JSON text.
 * @param name what the text is called in a message: its file
 * @throws ResultFileError that names the file, the place in it, what was expected and what was found.
 */
export function parseTranslationResult(json: string, name: string): TranslationResult {
  return parseResult(json, name, translationResult) as TranslationResult;
}

/**
 * Reads a run's `result.json`.
 * @throws ResultFileError if it is broken, the file system's error if it cannot be read.
 */
export async function readTranslationResult(path: string): Promise<TranslationResult> {
  return parseTranslationResult(await readResultText(path), path);
}
