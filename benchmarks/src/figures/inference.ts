/**
 * Draws time against sparsity from a result file of `pnpm bench inference --json`:
 * `node scripts/start.mjs --script benchmarks/src/figures/inference.ts RESULTS.json FIGURE.svg`
 */

import { readFileSync, writeFileSync } from 'node:fs';
import * as vega from 'vega';
import { compile, type TopLevelSpec } from 'vega-lite';
import type { Row } from '../harness/run-suites.js';

const [results, figure] = process.argv.slice(2);
if (results === undefined || figure === undefined) throw new Error('inference: RESULTS.json and FIGURE.svg are needed');

const { rows } = JSON.parse(readFileSync(results, 'utf8')) as { rows: Row[] };
const points = rows.flatMap(({ case: name, peerName, ours, peer }) => {
  const [, batch = '', percent] = name.split('/');
  const place = { batch: `batch ${batch.slice(1)}`, sparsity: Number(percent) };
  return [
    { ...place, side: 'Winnow', ms: ours },
    { ...place, side: peerName, ms: peer },
  ];
});
if (points.length === 0) throw new Error(`inference: ${results} has no rows`);

const spec: TopLevelSpec = {
  $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
  title: "He's ResNet-32 at inference: milliseconds by share of zeros",
  data: { values: points },
  facet: { column: { field: 'batch', type: 'nominal', title: null, sort: 'descending' } },
  resolve: { scale: { y: 'independent' } },
  spec: {
    width: 300,
    height: 280,
    mark: { type: 'line', point: true },
    encoding: {
      x: { field: 'sparsity', type: 'quantitative', title: 'weights that are 0, %' },
      y: { field: 'ms', type: 'quantitative', scale: { type: 'log' }, title: 'ms' },
      color: { field: 'side', type: 'nominal', title: null, legend: { labelLimit: 300 } },
    },
  },
};
const view = new vega.View(vega.parse(compile(spec).spec), { renderer: 'none' });
writeFileSync(figure, await view.toSVG());
