import * as vega from 'vega';
import { compile, type TopLevelSpec } from 'vega-lite';
import type { Row } from '../harness/run-suites.js';

/** The times of one network's step at one density, in milliseconds. */
export interface StepTime {
  /** Weights that are left, in percent. */
  readonly left: number;
  readonly line: string;
  readonly milliseconds: number;
}

const OURS = 'auto: leaves cut weights out';
const DENSE = 'our dense step';
const PEER = "PyTorch's fastest";

/** What the figure shows of a result file's rows: at each density the three lines, the fastest of PyTorch's forms. */
export function stepTimes(rows: readonly Row[], network: string): StepTime[] {
  const prefix = `${network}+sparse/`;
  const byDensity = new Map<number, Row[]>();
  for (const row of rows) {
    const percent = row.case.startsWith(prefix) ? row.case.slice(prefix.length) : '';
    if (!/^\d+$/.test(percent) || row.unit !== 'ms') continue;
    const left = 100 - Number(percent);
    byDensity.set(left, [...(byDensity.get(left) ?? []), row]);
  }
  return [...byDensity].flatMap(([left, all]) => {
    const peers = all.filter(({ peerName }) => peerName.startsWith('pytorch')).map(({ peer }) => peer);
    const dense = all.find(({ peerName }) => peerName === 'dense');
    return [
      { left, line: OURS, milliseconds: all[0]!.ours },
      ...(dense ? [{ left, line: DENSE, milliseconds: dense.peer }] : []),
      ...(peers.length > 0 ? [{ left, line: PEER, milliseconds: Math.min(...peers) }] : []),
    ];
  });
}

const THEMES = {
  light: { ink: '#1f2328', faint: '#d1d9e0', lines: ['#0969da', '#57606a', '#bc4c00'] },
  dark: { ink: '#f0f6fc', faint: '#3d444d', lines: ['#58a6ff', '#9198a1', '#f0883e'] },
} as const;

/** The figure as SVG, without a background of its own. */
export async function drawSteps(
  values: readonly StepTime[],
  network: string,
  theme: keyof typeof THEMES,
): Promise<string> {
  const { ink, faint, lines } = THEMES[theme];
  const top = 50 * Math.ceil(Math.max(...values.map(({ milliseconds }) => milliseconds)) / 50);
  const spec: TopLevelSpec = {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    title: { text: `A training step of ${network} under fixed masks`, anchor: 'start', color: ink },
    width: 520,
    height: 320,
    background: 'transparent',
    data: { values: [...values] },
    mark: { type: 'line', point: true },
    encoding: {
      x: {
        field: 'left',
        type: 'quantitative',
        scale: { domain: [0, 50] },
        axis: { values: [1, 5, 10, 20, 30, 40, 50] },
        title: 'weights that are left, %',
      },
      y: { field: 'milliseconds', type: 'quantitative', scale: { domain: [0, top] }, title: 'milliseconds' },
      color: {
        field: 'line',
        type: 'nominal',
        title: null,
        scale: { domain: [OURS, DENSE, PEER], range: [...lines] },
        legend: { orient: 'bottom', labelLimit: 300, symbolType: 'stroke' },
      },
    },
    config: {
      axis: { labelColor: ink, titleColor: ink, gridColor: faint, domainColor: faint, tickColor: faint },
      legend: { labelColor: ink },
      view: { stroke: null },
    },
  };
  const view = new vega.View(vega.parse(compile(spec).spec), { renderer: 'none' });
  return view.toSVG();
}
