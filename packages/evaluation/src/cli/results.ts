import { mkdirSync } from 'node:fs';
import { dirname, relative } from 'node:path';
import { sweepTable, writeFigure } from '../report/index.js';
import { type SweepResult, writeSweepResult } from '../results/index.js';

/** Writes PATH.json, PATH.svg and PATH.png and prints the table. */
export async function publish(result: SweepResult, path: string): Promise<void> {
  mkdirSync(dirname(path), { recursive: true });
  await writeSweepResult(`${path}.json`, result);
  await writeFigure(result, path);
  process.stdout.write(`\n${sweepTable(result)}\n\n`);
  const shown = ['svg', 'png', 'json'].map((extension) => relative(process.cwd(), `${path}.${extension}`));
  process.stdout.write(`Figure: ${shown[1]} (and ${shown[0]}) · numbers: ${shown[2]}\n`);
}
