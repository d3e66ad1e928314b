/**
 * Draws speed against sparsity from a result file of `pnpm bench kernels --json`, with the break-even line at ratio 1:
 * `node scripts/start.mjs --script benchmarks/src/figures/spmm-density.ts RESULTS.json FIGURE.svg [512x2048x1024]`
 */

import { readFileSync, writeFileSync } from 'node:fs';
import * as vega from 'vega';
import { compile, type TopLevelSpec } from 'vega-lite';
import type { Row } from '../harness/run-suites.js';

const [results, figure, shape = '512x2048x1024'] = process.argv.slice(2);
if (results === undefined || figure === undefined)
  throw new Error('spmm-density: RESULTS.json and FIGURE.svg are needed');

const { rows } = JSON.parse(readFileSync(results, 'utf8')) as { rows: Row[] };
const points = rows.flatMap(({ case: name, peerName, ratio }) => {
  const [suite, size, percent] = name.split('/');
  return suite === 'spmm' && size === shape ? [{ peer: peerName, sparsity: Number(percent), ratio }] : [];
});
if (points.length === 0) throw new Error(`spmm-density: ${results} has no rows named spmm/${shape}/…`);

const spec: TopLevelSpec = {
  $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
  title: `spmm ${shape}: how many times as fast as each peer`,
  width: 520,
  height: 320,
  layer: [
    {
      data: { values: [{ ratio: 1 }] },
      mark: { type: 'rule', strokeDash: [4, 4] },
      encoding: { y: { field: 'ratio', type: 'quantitative' } },
    },
    {
      data: { values: points },
      mark: { type: 'line', point: true },
      encoding: {
        x: { field: 'sparsity', type: 'quantitative', scale: { domain: [50, 100] }, title: 'weights cut, %' },
        y: {
          field: 'ratio',
          type: 'quantitative',
          scale: { type: 'log', domainMin: 0.5 },
          title: "peer's time / ours",
        },
        color: { field: 'peer', type: 'nominal', title: null },
      },
    },
  ],
};
const view = new vega.View(vega.parse(compile(spec).spec), { renderer: 'none' });
writeFileSync(figure, await view.toSVG());
