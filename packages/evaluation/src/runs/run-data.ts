/** The data of a run: a file in its directory says what it is trained on, so that it is not resumed on other data. */

import { existsSync, readFileSync } from 'node:fs';
import type { ImageDataset, Split, TextPairDataset } from '@winnow/data';
import { writeFileAtomicSync } from '@winnow/system/files';
import { z } from 'zod';
import { parseResult } from '../results/result-file.js';
import { integer, object, text } from '../schema/values.js';

const runData = object({
  format: z.literal('winnow-data/1', "'winnow-data/1'"),
  dataset: text,
  train: integer(1),
  test: integer(1),
  digest: text,
});

/** What a run is trained on. */
export interface RunData {
  readonly format: 'winnow-data/1';
  /** Title of the data set: decides nothing. */
  readonly dataset: string;
  /** Images, or pairs of sentences. */
  readonly train: number;
  readonly test: number;
  /** Of all that was loaded; equal for equal data wherever it lies. */
  readonly digest: string;
}

/** What a run on a data set is trained on. */
export function runDataOf({ title, train, test, digest }: ImageDataset<Split> | TextPairDataset): RunData {
  return { format: 'winnow-data/1', dataset: title, train: train.count, test: test.count, digest };
}

/**
 * Refuses to go on with a run on other data.
 *
 * @param file where the run says what it is trained on
 * @param directory of the run, which is known to be one
 * @param place where that run had its data, if it is known
 * @throws Error naming the directory, both data sets and what to do; also for runs that do not say what they are
 *   trained on. ResultFileError if the file is broken
 */
export function checkRunData(file: string, directory: string, data: RunData, place?: string): void {
  if (!existsSync(file)) {
    throw new Error(
      `${directory} holds a run that does not say which data it is trained on, as runs of earlier versions do not; ` +
        'choose another directory (--out), or remove it',
    );
  }
  const there = parseResult(readFileSync(file, 'utf8'), file, runData) as RunData;
  if (there.digest === data.digest) return;
  const old = place === undefined ? '--data-dir' : `--data-dir ${place}`;
  throw new Error(
    `${directory} holds a run on other data: ${described(there)}; now it is ${described(data)}; ` +
      `choose another directory (--out), or give the data of that run (${old})`,
  );
}

/** `data.json` is a common name: a file of the user's own is not written over. @throws ResultFileError */
export function refuseOtherData(file: string): void {
  if (existsSync(file)) parseResult(readFileSync(file, 'utf8'), file, runData);
}

/**
 * Says in a run's directory what it is trained on.
 *
 * @throws ResultFileError, before anything is written, if the file is there and says something else than that
 */
export function writeRunData(file: string, data: RunData): void {
  refuseOtherData(file);
  writeFileAtomicSync(file, `${JSON.stringify(data, null, 2)}\n`);
}

function described({ dataset, train, test, digest }: RunData): string {
  return `${dataset}, ${train} + ${test}, digest ${digest}`;
}
