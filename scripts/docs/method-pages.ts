/**
 * Writes the comparison's numbers into the methods' pages: `node scripts/start.mjs --script
 * scripts/docs/method-pages.ts`.
 */

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { methodMeasurements, readSweepResult } from '@winnow/evaluation';

const root = fileURLToPath(new URL('../..', import.meta.url));
const BEGIN = '<!-- measurements -->';
const END = '<!-- /measurements -->';

/** A method's page: its current text, and its text with the comparison's numbers. */
export interface MethodPage {
  readonly file: string;
  readonly text: string;
  readonly wanted: string;
}

/** All pages with a place for measurements. */
export async function methodPages(): Promise<MethodPage[]> {
  const files = ['weight', 'unit'].map((granularity) => join(root, `docs/results/compare-${granularity}.json`));
  const results = await Promise.all(files.map((file) => readSweepResult(file)));
  const directory = join(root, 'docs/methods');
  return readdirSync(directory).flatMap((name) => {
    const file = join(directory, name);
    const text = readFileSync(file, 'utf8');
    const [begin, end] = [text.indexOf(BEGIN), text.indexOf(END)];
    if (begin < 0 || end < begin) return [];
    const section = methodMeasurements(basename(name, '.md'), results);
    return [{ file, text, wanted: `${text.slice(0, begin + BEGIN.length)}\n\n${section}\n${text.slice(end)}` }];
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const { file, wanted } of await methodPages()) writeFileSync(file, wanted);
}
