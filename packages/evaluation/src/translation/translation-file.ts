import { readFile } from 'node:fs/promises';
import { duration, integer, list, object, oneOf, text } from '../results/checks.js';
import { parsedResult } from '../results/parsed-result.js';
import { checkHeader } from '../results/result-header.js';
import type { TranslationResult } from './translation-result.js';

const checkBleu = object({ score: duration, brevityPenalty: duration, signature: text });

const checkTranslation = object({
  format: oneOf('winnow-translation/1'),
  ...checkHeader,
  languages: list(text),
  pairs: object({ train: integer(1), validation: integer(1), test: integer(1) }),
  settings: object({
    epochs: integer(1),
    batchSize: integer(1),
    seed: integer(0),
    beam: integer(1),
    lengthPenalty: duration,
  }),
  steps: integer(1),
  seconds: duration,
  log: list(object({ step: integer(1), epoch: duration, loss: duration, learningRate: duration })),
  evaluations: list(
    object({
      step: integer(1),
      epoch: duration,
      learningRate: duration,
      seconds: duration,
      metrics: object({ trainLoss: duration, validationLoss: duration }),
    }),
  ),
  bleu: object({ beam: checkBleu, greedy: checkBleu }),
  examples: list(object({})),
});

/**
 * Reads the result of a translation run from JSON text.
 * @param name what the text is called in a message: its file
 * @throws ResultFileError that names the file, the place in it, what was expected and what was found.
 */
export function parseTranslationResult(json: string, name: string): TranslationResult {
  return parsedResult(json, name, checkTranslation) as TranslationResult;
}

/** Reads a run's `result.json`. @throws ResultFileError if it is broken, the file system's error if it cannot be read. */
export async function readTranslationResult(path: string): Promise<TranslationResult> {
  return parseTranslationResult(await readFile(path, 'utf8'), path);
}
