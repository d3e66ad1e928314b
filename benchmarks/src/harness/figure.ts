import { renderPng } from '@winnow/evaluation';
import { writeFileAtomic } from '@winnow/system/files';
import * as vega from 'vega';
import { compile, type TopLevelSpec } from 'vega-lite';
import type { Row } from './run-suites.js';

/** Ratios on a logarithmic axis: a row per case, a mark per peer. Left of the line at 1, the peer is faster. */
function spec(rows: readonly Row[]): TopLevelSpec {
  const values = rows.map(({ case: name, peerName, ratio }) => ({ name, peer: peerName, ratio }));
  const label = { labelFontSize: 12, titleFontSize: 13, labelLimit: 600 };
  const y = { field: 'name', type: 'nominal', sort: null, title: null, axis: label } as const;
  const x = { field: 'ratio', type: 'quantitative', scale: { type: 'log' }, title: 'time of the peer ÷ ours' } as const;
  return {
    data: { values },
    width: 520,
    height: { step: 22 },
    layer: [
      { mark: { type: 'rule', color: '#999999', strokeWidth: 2 }, encoding: { x: { datum: 1 } } },
      {
        mark: { type: 'point', filled: true, size: 90, opacity: 1 },
        encoding: {
          x: { ...x, axis: { ...label, grid: true } },
          y,
          color: { field: 'peer', type: 'nominal', title: 'peer' },
          shape: { field: 'peer', type: 'nominal', title: 'peer' },
        },
      },
    ],
    config: { background: 'white', font: 'DejaVu Sans' },
  } as TopLevelSpec;
}

/** Draws the rows into PATH.svg and PATH.png. */
export async function writeFigure(rows: readonly Row[], path: string): Promise<void> {
  const view = new vega.View(vega.parse(compile(spec(rows)).spec), { renderer: 'none' });
  const svg = await view.toSVG();
  view.finalize();
  await writeFileAtomic(`${path}.svg`, svg);
  await writeFileAtomic(`${path}.png`, await renderPng(svg));
}
