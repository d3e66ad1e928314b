/**
 * Writes what the registry and the comparison say of each method into docs/methods: its parameters, its row of the
 * index, its measurements, and for a method without a page a page to begin with. Run by `npx -y pnpm@10.34.9 tables`.
 */

import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { methods } from '@winnow/baselines';
import { methodMeasurements, readSweepResult } from '@winnow/evaluation';
import { indexPage, methodPage, UNWRITTEN } from './method-tables.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const directory = join(root, 'docs/methods');
const BEGIN = '<!-- measurements -->';
const END = '<!-- /measurements -->';

/** A page of docs/methods: its current text, none if it has no file, and its text as it should be. */
export interface MethodPage {
  readonly file: string;
  readonly text: string | undefined;
  readonly wanted: string;
}

/** All pages that something is written into. */
export async function methodPages(): Promise<MethodPage[]> {
  const names = [...new Set([...readdirSync(directory), ...[...methods.keys()].map((name) => `${name}.md`)])];
  const measurements = await measurementsOf();
  return names.sort().map((name) => {
    const file = join(directory, name);
    const text = existsSync(file) ? readFileSync(file, 'utf8') : undefined;
    const method = methods.get(basename(name, '.md'));
    const described = method ? methodPage(text, method) : (text as string);
    const page = name === 'README.md' ? indexPage(described, methods.values()) : described;
    return { file, text, wanted: withMeasurements(page, measurements(basename(name, '.md'))) };
  });
}

/** Whether a page has a place for measurements. */
export const hasMeasurements = (text: string): boolean =>
  text.includes(BEGIN) && text.indexOf(END) > text.indexOf(BEGIN);

async function measurementsOf(): Promise<(method: string) => string> {
  const files = ['weight', 'unit'].map((granularity) => join(root, `docs/results/compare-${granularity}.json`));
  const results = await Promise.all(files.map((file) => readSweepResult(file)));
  return (method) => methodMeasurements(method, results);
}

function withMeasurements(text: string, section: string): string {
  if (!hasMeasurements(text)) return text;
  return `${text.slice(0, text.indexOf(BEGIN) + BEGIN.length)}\n\n${section}\n${text.slice(text.indexOf(END))}`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const { file, text, wanted } of await methodPages()) {
    writeFileSync(file, wanted);
    if (text === undefined) process.stdout.write(`${file}: new; write what follows '${UNWRITTEN.trim()}'\n`);
  }
}
