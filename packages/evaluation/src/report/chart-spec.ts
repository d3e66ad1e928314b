import type { TopLevelSpec } from 'vega-lite';
import { type CurvePoint, curves, type Statistics, valueLabels } from './chart-data.js';
import { type Finding, findingOf } from './finding.js';
import { type LabelSummary, summaries } from './summary.js';
import type { SweepResult } from './sweep-result.js';
import { describe, percent } from './wording.js';

/** Okabe and Ito's palette, which people with any kind of colour blindness can tell apart. */
const COLOURS = ['#d55e00', '#0072b2', '#009e73', '#e69f00', '#cc79a7', '#56b4e9', '#000000'];
const SHAPES = ['circle', 'square', 'triangle-up', 'diamond', 'triangle-down', 'cross', 'triangle-right'];
const FONT = 'DejaVu Sans, Verdana, sans-serif';
const GREY = '#666666';
const PANEL = { width: 400, height: 320 };

const PANEL_TITLES: Record<Statistics, string> = {
  asIs: 'BatchNorm statistics as training left them',
  reestimated: 'BatchNorm statistics re-estimated after pruning',
};

const X = {
  field: 'sparsity',
  type: 'quantitative',
  title: 'pruned after training, in one shot (%)',
  scale: { domain: [0, 100] },
  axis: { values: [0, 20, 40, 60, 80, 100] },
} as const;
const Y = {
  field: 'accuracy',
  type: 'quantitative',
  title: 'test accuracy (%)',
  scale: { domain: [0, 100] },
  axis: { values: [0, 20, 40, 60, 80, 100] },
} as const;

type Layer = Record<string, unknown>;

function chanceLayers(classes: number | undefined): Layer[] {
  if (classes === undefined) return [];
  const data = { values: [{ accuracy: 100 / classes, sparsity: 0 }] };
  return [
    { data, mark: { type: 'rule', color: GREY, strokeDash: [2, 3] }, encoding: { y: Y } },
    {
      data,
      mark: { type: 'text', text: 'guessing', align: 'left', baseline: 'top', dx: 4, dy: 4, color: GREY, fontSize: 11 },
      encoding: { x: X, y: Y },
    },
  ];
}

function targetLayers(labels: readonly LabelSummary[]): Layer[] {
  const targets = [...new Set(labels.flatMap(({ masked }) => masked?.targetFraction ?? []))];
  return targets.flatMap((target) => {
    const data = { values: [{ sparsity: target * 100 }] };
    return [
      { data, mark: { type: 'rule', color: '#999999', strokeWidth: 1 }, encoding: { x: X } },
      {
        data,
        mark: { type: 'text', text: `γ = ${percent(target)}`, baseline: 'bottom', dy: -4, color: GREY, fontSize: 11 },
        encoding: { x: X, y: { value: 0 } },
      },
    ];
  });
}

function panel(statistics: Statistics, labels: readonly LabelSummary[], finding: Finding, classes?: number): Layer {
  const points = curves(labels, statistics);
  const names = labels.map(({ label }) => label);
  const colour = {
    field: 'label',
    type: 'nominal',
    title: null,
    scale: { domain: names, range: names.map((_, i) => COLOURS[i % COLOURS.length]) },
    legend: { orient: 'top', direction: 'horizontal', labelFontSize: 13, symbolSize: 90, labelLimit: 400, columns: 3 },
  };
  const shape = {
    ...colour,
    scale: { domain: names, range: names.map((_, i) => SHAPES[i % SHAPES.length]) },
  };
  const values = { values: valueLabels(labels, statistics, finding.sparsity) };
  const text = { type: 'text', align: 'left', dx: 7, fontSize: 13, fontWeight: 'bold' };
  const band = points.some(({ low, high }: CurvePoint) => high > low);
  return {
    title: { text: PANEL_TITLES[statistics], fontSize: 13, fontWeight: 'normal', anchor: 'start', offset: 22 },
    ...PANEL,
    layer: [
      ...chanceLayers(classes),
      ...targetLayers(labels),
      ...(band
        ? [
            {
              data: { values: points },
              mark: { type: 'area', opacity: 0.18 },
              encoding: { x: X, y: { ...Y, field: 'low' }, y2: { field: 'high' }, color: colour },
            },
          ]
        : []),
      {
        data: { values: points },
        mark: { type: 'line', strokeWidth: 2.5 },
        encoding: { x: X, y: Y, color: colour },
      },
      {
        data: { values: points },
        mark: { type: 'point', filled: true, size: 45, opacity: 1 },
        encoding: { x: X, y: Y, color: colour, shape },
      },
      {
        data: values,
        mark: { type: 'point', filled: false, size: 180, strokeWidth: 2, opacity: 1 },
        encoding: { x: X, y: Y, color: colour },
      },
      {
        data: values,
        mark: { ...text, stroke: 'white', strokeWidth: 4 },
        encoding: { x: X, y: { ...Y, field: 'y' }, text: { field: 'text' } },
      },
      { data: values, mark: text, encoding: { x: X, y: { ...Y, field: 'y' }, text: { field: 'text' }, color: colour } },
    ],
  };
}

/** The figure of a sweep as a Vega-Lite specification: accuracy against sparsity, a panel for each way with BatchNorm. */
export function chartSpec(result: SweepResult): TopLevelSpec {
  const labels = summaries(result);
  const finding = findingOf(result, labels);
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    background: 'white',
    padding: 20,
    title: {
      text: finding.sentence,
      subtitle: [describe(result, labels)],
      anchor: 'start',
      fontSize: 17,
      subtitleFontSize: 12,
      subtitleColor: GREY,
      subtitlePadding: 6,
      offset: 14,
    },
    spacing: 50,
    hconcat: [panel('asIs', labels, finding, result.classes), panel('reestimated', labels, finding, result.classes)],
    config: {
      font: FONT,
      view: { stroke: null },
      axis: {
        labelFontSize: 12,
        titleFontSize: 12,
        titleFontWeight: 'normal',
        gridColor: '#eeeeee',
        domainColor: '#999999',
        tickColor: '#999999',
      },
    },
  } as unknown as TopLevelSpec;
}
