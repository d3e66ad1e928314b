/** Result files of all kinds, told apart by their `format`. */

import { object, oneOf } from '../schema/values.js';
import { parseResult } from './result-file.js';
import { parseSweepResult, type SweepResult } from './sweep-result.js';
import { parseTrainingResult, type TrainingResult } from './training-result.js';
import { parseTranslationResult, type TranslationResult } from './translation-result.js';

const READERS = {
  'winnow-sweep/1': parseSweepResult,
  'winnow-train/1': parseTrainingResult,
  'winnow-translation/1': parseTranslationResult,
} as const;
type Format = keyof typeof READERS;

const withFormat = object({ format: oneOf(...(Object.keys(READERS) as [Format, ...Format[]])) });

/**
 * Reads a result from JSON text, of whichever kind it says it is.
 * @param name what the text is called in a message: its file
 * @throws ResultFileError that names the file, the place in it, what was expected and what was found.
 */
export function parseAnyResult(json: string, name: string): SweepResult | TrainingResult | TranslationResult {
  const { format } = parseResult(json, name, withFormat) as { format: Format };
  return READERS[format](json, name);
}
