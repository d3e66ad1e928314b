import type { TopLevelSpec } from 'vega-lite';
import type { SweepResult } from '../results/sweep-result.js';
import { remarks } from './chart-annotations.js';
import type { Statistics } from './chart-data.js';
import { chanceLayers, curveLayers, type Layer, targetLayers, textLayers } from './chart-layers.js';
import { COLOURS, PANEL, SHAPES, X, Y } from './chart-style.js';
import { legendColumns, titleLines } from './chart-title.js';
import { valueLabels } from './chart-values.js';
import { curveFigure } from './curve-figure.js';
import { type Finding, findingOf } from './finding.js';
import { aimedFractions, type LabelSummary, summaries } from './summary.js';
import { describe } from './wording.js';

const PANEL_TITLES: Record<Statistics, string> = {
  asIs: 'BatchNorm statistics as training left them',
  reestimated: 'BatchNorm statistics re-estimated after pruning',
};

function panel(statistics: Statistics, result: SweepResult, labels: readonly LabelSummary[], finding: Finding): Layer {
  const names = labels.map(({ label }) => label);
  const legend = {
    orient: 'top',
    direction: 'horizontal',
    labelFontSize: 14,
    symbolSize: 110,
    symbolOpacity: 1,
    // No limit: a name that is cut off names nothing.
    labelLimit: 0,
    columns: legendColumns(names),
  };
  const scaled = (values: readonly string[]) => ({
    field: 'label',
    type: 'nominal',
    title: null,
    scale: { domain: names, range: names.map((_, i) => values[i % values.length]) },
    legend,
  });
  const colour = scaled(COLOURS);
  // Of many methods only those of the title get their numbers: more would cover each other and the curves.
  const numbered = labels.length <= 3 ? labels : labels.filter(({ label }) => finding.compared.includes(label));
  const values = valueLabels(numbered, labels, statistics, finding.sparsity);
  const notes = remarks(labels, statistics).map(({ lines, ...place }) => ({ ...place, text: lines }));
  return {
    title: { text: PANEL_TITLES[statistics], fontSize: 14, anchor: 'start', frame: 'group', offset: 26 },
    ...PANEL,
    layer: [
      ...chanceLayers(result.classes),
      ...targetLayers(aimedFractions(result)),
      ...curveLayers(labels, statistics, colour, scaled(SHAPES)),
      {
        data: { values },
        mark: { type: 'point', filled: false, size: 200, strokeWidth: 2, opacity: 1 },
        encoding: { x: X, y: Y, color: colour },
      },
      ...(['right', 'left'] as const).flatMap((side) => {
        const mark = side === 'right' ? { dx: 8 } : { dx: -8, align: 'right' };
        const own = values.filter((value) => value.side === side);
        return textLayers(own, { ...mark, baseline: 'middle', fontSize: 14, fontWeight: 'bold' }, colour);
      }),
      ...textLayers(notes, { fontSize: 12, fontStyle: 'italic', baseline: 'bottom', lineHeight: 15, dy: -15 }, colour),
    ],
  };
}

/**
 * The figure of a sweep as a Vega-Lite specification: accuracy against sparsity, a panel for each way with BatchNorm.
 */
export function chartSpec(result: SweepResult): TopLevelSpec {
  const labels = summaries(result);
  const finding = findingOf(result, labels);
  const what = result.granularity === 'weight' ? 'smallest weights of every matrix' : 'weakest units of every layer';
  const subtitle = [
    `Trained networks lose the ${what} in one cut, without fine-tuning: what accuracy is left?`,
    describe(result, labels),
  ];
  const panels = [panel('asIs', result, labels, finding), panel('reestimated', result, labels, finding)];
  return curveFigure(titleLines(finding.clauses), subtitle, 30, panels, 'shared');
}
