import { readFile } from 'node:fs/promises';
import { duration, fraction, integer, list, object, oneOf, text } from '../results/checks.js';
import { parsedResult } from '../results/parsed-result.js';
import { checkHeader } from '../results/result-header.js';
import type { TrainingResult } from './training-result.js';

const checkTraining = object({
  format: oneOf('winnow-train/1'),
  ...checkHeader,
  trainImages: integer(1),
  testImages: integer(1),
  config: object({ epochs: integer(1), batchSize: integer(1), seed: integer(0), method: text }),
  steps: integer(1),
  seconds: duration,
  evaluations: list(
    object({
      step: integer(1),
      epoch: duration,
      learningRate: duration,
      seconds: duration,
      metrics: object({ trainLoss: duration, testLoss: duration, testAccuracy: fraction }),
    }),
  ),
  best: object({ metric: text, value: duration, step: integer(1) }),
});

/**
 * Reads the result of a training run from JSON text.
 * @param name what the text is called in a message: its file
 * @throws ResultFileError that names the file, the place in it, what was expected and what was found.
 */
export function parseTrainingResult(json: string, name: string): TrainingResult {
  return parsedResult(json, name, checkTraining) as TrainingResult;
}

/** Reads a run's `result.json`. @throws ResultFileError if it is broken, the file system's error if it cannot be read. */
export async function readTrainingResult(path: string): Promise<TrainingResult> {
  return parseTrainingResult(await readFile(path, 'utf8'), path);
}
