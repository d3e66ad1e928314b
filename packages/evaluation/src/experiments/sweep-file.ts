import { readFile } from 'node:fs/promises';
import { writeFileAtomic } from '@winnow/system/files';
import {
  all,
  duration,
  fraction,
  hyperparameter,
  integer,
  list,
  object,
  oneOf,
  optional,
  record,
  risingSparsity,
  text,
} from '../results/checks.js';
import { parsedResult } from '../results/parsed-result.js';
import { checkHeader } from '../results/result-header.js';
import type { SweepResult } from './sweep-result.js';

const accuracies = { asIs: fraction, reestimated: fraction };

const checkRun = object({
  label: text,
  method: text,
  hyperparameters: record(hyperparameter),
  seed: integer(0),
  trainSeconds: duration,
  testImages: integer(1),
  raw: object(accuracies),
  masked: optional(object({ ...accuracies, targetFraction: fraction })),
  rows: all(list(object({ sparsity: fraction, ...accuracies })), risingSparsity),
});

const checkResult = object({
  format: oneOf('winnow-sweep/1'),
  ...checkHeader,
  classes: optional(integer(2)),
  prunableParameters: integer(0),
  epochs: integer(0),
  batchSize: integer(1),
  granularity: oneOf('weight', 'unit'),
  runs: list(checkRun),
  stepMilliseconds: optional(record(duration)),
});

/**
 * Reads a sweep's result from JSON text.
 * @param name what the text is called in a message: its file
 * @throws ResultFileError that names the file, the place in it, what was expected and what was found.
 */
export function parseSweepResult(json: string, name: string): SweepResult {
  return parsedResult(json, name, checkResult) as SweepResult;
}

/** Reads a result file. @throws ResultFileError if it is broken, the file system's error if it cannot be read. */
export async function readSweepResult(path: string): Promise<SweepResult> {
  return parseSweepResult(await readFile(path, 'utf8'), path);
}

/** Writes a result file, whole or not at all. @throws ResultFileError if `result` would not be readable again. */
export async function writeSweepResult(path: string, result: SweepResult): Promise<void> {
  const json = `${JSON.stringify(result, null, 2)}\n`;
  parseSweepResult(json, path);
  await writeFileAtomic(path, json);
}
