/** What a sparsity sweep found: its result file's schema, type, reader and writer. */

import { writeFileAtomic } from '@winnow/system/files';
import { z } from 'zod';
import { type DeepReadonly, fraction, integer, list, nonNegative, object, oneOf } from '../schema/values.js';
import { header, parseResult, readResultText, scalar, text } from './result-file.js';

const granularity = z.enum(['weight', 'unit'], "'weight' or 'unit'");

/** With BatchNorm statistics as training left them, and re-estimated. */
const accuracies = { asIs: fraction, reestimated: fraction };

const rows = list(object({ sparsity: fraction, ...accuracies })).superRefine((all, { addIssue }) => {
  const bad = all.findIndex((row, i) => i > 0 && row.sparsity <= all[i - 1]!.sparsity);
  if (bad < 0) return;
  addIssue({ code: 'custom', path: [bad, 'sparsity'], message: `above the ${all[bad - 1]!.sparsity} before it` });
});

/** The schema of a run. */
export const sweepRun = object({
  /** What tables and figures call it; runs that differ in their seed alone share a label. */
  label: text,
  method: text,
  hyperparameters: z.record(z.string(), scalar, 'an object'),
  seed: integer(0),
  trainSeconds: nonNegative,
  /** Number of test images behind each accuracy. */
  testImages: integer(1),
  /** With all weights. */
  raw: object(accuracies),
  /** With the weights cut that training targeted: fraction γ. Absent for methods without a target. */
  masked: object({ ...accuracies, targetFraction: fraction }).optional(),
  /** Pruned in one shot, by rising sparsity, each once. */
  rows,
});

/** Runs of one label count as one method with several seeds. */
const runs = list(sweepRun).superRefine((all, { addIssue }) => {
  const first = new Map<string, (typeof all)[number]>();
  const seeds = new Set<string>();
  for (const [i, run] of all.entries()) {
    const { method } = first.get(run.label) ?? run;
    const key = `${run.seed} ${run.label}`;
    if (run.method !== method) {
      addIssue({ code: 'custom', path: [i, 'method'], message: `'${method}', as in the run of this label before it` });
    } else if (seeds.has(key)) {
      addIssue({ code: 'custom', path: [i, 'seed'], message: 'another one than in the run of this label before it' });
    }
    if (!first.has(run.label)) first.set(run.label, run);
    seeds.add(key);
  }
});

/** The schema of a comparison's times. */
export const stepMilliseconds = z.record(z.string(), nonNegative, 'an object');

const sweepResult = object({
  format: z.literal('winnow-sweep/1', "'winnow-sweep/1'"),
  ...header,
  /** Number of classes; the figure then shows what guessing would score. */
  classes: integer(2).optional(),
  prunableParameters: integer(0),
  epochs: integer(0),
  batchSize: integer(1),
  granularity,
  /** How layers computed with cut weights. Absent where densely. */
  execution: oneOf('auto', 'dense', 'sparse').optional(),
  runs,
  /** Milliseconds of a training step by label, where they were measured. */
  stepMilliseconds: stepMilliseconds.optional(),
});

/** One trained network: what it scores raw, γ-masked and pruned at each sparsity. */
export type SweepRun = DeepReadonly<z.output<typeof sweepRun>>;

/** The contents of a sweep's result file. */
export type SweepResult = DeepReadonly<z.output<typeof sweepResult>>;

/**
 * Reads a sweep's result from JSON text.
 * @param name what the text is called in a message: its file
 * @throws ResultFileError that names the file, the place in it, what was expected and what was found.
 */
export function parseSweepResult(json: string, name: string): SweepResult {
  return parseResult(json, name, sweepResult) as SweepResult;
}

/** Reads a result file. @throws ResultFileError if it is broken, the file system's error if it cannot be read. */
export async function readSweepResult(path: string): Promise<SweepResult> {
  return parseSweepResult(await readResultText(path), path);
}

/**
 * Writes a result file, whole or not at all.
 * @throws ResultFileError if `result` would not be readable again; WriteError naming the file if it cannot be written
 */
export async function writeSweepResult(path: string, result: SweepResult): Promise<void> {
  const json = `${JSON.stringify(result, null, 2)}\n`;
  parseSweepResult(json, path);
  await writeFileAtomic(path, json);
}
