import type { TopLevelSpec } from 'vega-lite';
import type { SweepResult } from '../results/sweep-result.js';
import { remarks } from './chart-annotations.js';
import { type Statistics, valueLabels } from './chart-data.js';
import { chanceLayers, curveLayers, type Layer, targetLayers, textLayers } from './chart-layers.js';
import { BOLD_WIDTH, COLOURS, PANEL, SHAPES, TITLE_SIZE, X, Y } from './chart-style.js';
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
    labelLimit: 500,
    columns: 3,
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
  const values = valueLabels(numbered, statistics, finding.sparsity);
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
      ...textLayers(values, { dx: 8, fontSize: 14, fontWeight: 'bold' }, colour),
      ...textLayers(notes, { fontSize: 12, fontStyle: 'italic', baseline: 'bottom', lineHeight: 15, dy: -15 }, colour),
    ],
  };
}

/** The title on one line if it fits the figure, else broken before the last clause. */
function titleLines(sentence: string): string[] {
  const fits = sentence.length * TITLE_SIZE * BOLD_WIDTH <= 2 * PANEL.width + 230;
  const comma = sentence.lastIndexOf(', ') + 1;
  return fits || comma === 0 ? [sentence] : [sentence.slice(0, comma), sentence.slice(comma + 1)];
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
  return curveFigure(titleLines(finding.sentence), subtitle, 30, panels, 'shared');
}
