/** What a training run came to: the schema, type and reader of its `result.json`. */

import { z } from 'zod';
import { runSettings } from '../runs/settings.js';
import { filledIn } from '../schema/settings.js';
import { type DeepReadonly, fraction, integer, list, nonNegative, object } from '../schema/values.js';
import { header, parseResult, readResultText, text } from './result-file.js';

const evaluation = object({
  step: integer(1),
  /** Epochs done. */
  epoch: nonNegative,
  learningRate: nonNegative,
  /** Wall-clock seconds of all steps so far, evaluations not counted. */
  seconds: nonNegative,
  /** `trainLoss` is the mean over the epoch's batches. */
  metrics: object({ trainLoss: nonNegative, testLoss: nonNegative, testAccuracy: fraction }),
});

/** Absent in files from before there were these. */
const LATER = ['optimizer', 'beta1', 'beta2', 'tensorboard', 'histogramEvery', 'execution'] as const;

const trainingResult = object({
  format: z.literal('winnow-train/1', "'winnow-train/1'"),
  ...header,
  trainImages: integer(1),
  testImages: integer(1),
  /** All settings of the run but where its data lie. */
  config: filledIn(runSettings.omit({ dataDir: true }), LATER),
  steps: integer(1),
  /** Wall-clock seconds of all steps, evaluations not counted. */
  seconds: nonNegative,
  evaluations: list(evaluation),
  best: object({ metric: text, value: nonNegative, step: integer(1) }),
});

/** What an evaluation during training found. */
export type TrainingEvaluation = DeepReadonly<z.output<typeof evaluation>>;

/** The contents of a training run's `result.json`. */
export type TrainingResult = DeepReadonly<z.output<typeof trainingResult>>;

/**
 * Reads the result of a training run from JSON text.
 * @param name what the text is called in a message: its file
 * @throws ResultFileError that names the file, the place in it, what was expected and what was found.
 */
export function parseTrainingResult(json: string, name: string): TrainingResult {
  return parseResult(json, name, trainingResult) as TrainingResult;
}

/**
 * Reads a run's `result.json`.
 * @throws ResultFileError if it is broken, the file system's error if it cannot be read.
 */
export async function readTrainingResult(path: string): Promise<TrainingResult> {
  return parseTrainingResult(await readResultText(path), path);
}
