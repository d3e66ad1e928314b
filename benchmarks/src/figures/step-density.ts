/**
 * Draws the time of a training step under fixed masks against the share of weights that are left, with the dense step
 * and PyTorch's fastest form as lines, from a result file of `pnpm bench steps --only +sparse --json`. Writes
 * FIGURE.svg and FIGURE-dark.svg, for light and dark pages:
 * `node scripts/start.mjs --script benchmarks/src/figures/step-density.ts RESULTS.json FIGURE [resnet32-he/b128]`
 */

import { readFileSync, writeFileSync } from 'node:fs';
import type { Row } from '../harness/run-suites.js';
import { drawSteps, stepTimes } from './step-lines.js';

const [results, figure, network = 'resnet32-he/b128'] = process.argv.slice(2);
if (results === undefined || figure === undefined) throw new Error('step-density: RESULTS.json and FIGURE are needed');

const { rows } = JSON.parse(readFileSync(results, 'utf8')) as { rows: Row[] };
const times = stepTimes(rows, network);
if (times.length === 0) throw new Error(`step-density: ${results} has no rows named ${network}+sparse/…`);
for (const [suffix, theme] of [
  ['', 'light'],
  ['-dark', 'dark'],
] as const) {
  writeFileSync(`${figure}${suffix}.svg`, await drawSteps(times, network, theme));
}
