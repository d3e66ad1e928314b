import { splitAtTarget } from './chart-annotations.js';
import type { CurvePoint, Statistics } from './chart-data.js';
import { GREY, X, Y } from './chart-style.js';
import type { LabelSummary } from './summary.js';
import { percent } from './wording.js';

/** A layer of a Vega-Lite chart; its own types are too wide to help here. */
export type Layer = Record<string, unknown>;

/** What guessing would score. */
export function chanceLayers(classes: number | undefined): Layer[] {
  if (classes === undefined) return [];
  const data = { values: [{ accuracy: 100 / classes, sparsity: 0 }] };
  return [
    { data, mark: { type: 'rule', color: GREY, strokeDash: [2, 3] }, encoding: { y: Y } },
    {
      data,
      mark: {
        type: 'text',
        text: `guessing: ${percent(1 / classes)}`,
        align: 'left',
        baseline: 'top',
        dx: 4,
        dy: 4,
        color: GREY,
        fontSize: 12,
      },
      encoding: { x: X, y: Y },
    },
  ];
}

/** The fractions that training aimed at; one text for all, so that none covers another. */
export function targetLayers(targets: readonly number[]): Layer[] {
  if (targets.length === 0) return [];
  const last = targets.at(-1)!;
  const mark = (target: number) => ({ values: [{ sparsity: target * 100 }] });
  return [
    ...targets.map((target) => ({
      data: mark(target),
      mark: { type: 'rule', color: '#999999', strokeWidth: 1 },
      encoding: { x: X },
    })),
    {
      data: mark(last),
      mark: {
        type: 'text',
        text: `targeted in training: γ = ${targets.map(percent).join(', ')}`,
        align: last < 0.5 ? 'left' : 'right',
        baseline: 'bottom',
        dx: last < 0.5 ? -4 : 4,
        dy: -5,
        color: GREY,
        fontSize: 12,
      },
      encoding: { x: X, y: { value: 0 } },
    },
  ];
}

/** The curves: a band over the seeds, dotted where a network is pruned less than it was trained for. */
export function curveLayers(
  labels: readonly LabelSummary[],
  statistics: Statistics,
  colour: Layer,
  shape: Layer,
): Layer[] {
  const { usable, unfit } = splitAtTarget(labels, statistics);
  const band = usable.concat(unfit).filter(({ low, high }) => high > low);
  const line = (values: readonly CurvePoint[], mark: Layer) => ({
    data: { values },
    mark: { type: 'line', strokeWidth: 2.5, ...mark },
    encoding: { x: X, y: Y, color: colour },
  });
  return [
    ...(band.length > 0
      ? [
          {
            data: { values: band },
            mark: { type: 'area', opacity: 0.18 },
            encoding: { x: X, y: { ...Y, field: 'low' }, y2: { field: 'high' }, color: colour },
          },
        ]
      : []),
    line(unfit, { strokeDash: [2, 4] }),
    line(usable, {}),
    {
      data: { values: usable.concat(unfit) },
      mark: { type: 'point', filled: true, size: 45, opacity: 1 },
      encoding: { x: X, y: Y, color: colour, shape },
    },
  ];
}

/** A text over whatever lies behind it: once thick in white, once in colour. */
export function textLayers(values: readonly object[], mark: Layer, colour: Layer): Layer[] {
  const encoding = { x: X, y: { ...Y, field: 'y' }, text: { field: 'text' } };
  const text = { type: 'text', align: 'left', ...mark };
  return [
    { data: { values }, mark: { ...text, stroke: 'white', strokeWidth: 4, strokeJoin: 'round' }, encoding },
    { data: { values }, mark: text, encoding: { ...encoding, color: colour } },
  ];
}
