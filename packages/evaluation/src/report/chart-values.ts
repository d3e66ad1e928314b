/** Where the accuracies are written that a figure shows as numbers: beside their points, on no other point. */

import { type CurvePoint, curves, point, type Statistics } from './chart-data.js';
import { PANEL } from './chart-style.js';
import { pairAt } from './finding.js';
import type { LabelSummary } from './summary.js';

/** A number written beside a point. */
export interface ValueLabel {
  readonly label: string;
  readonly sparsity: number;
  readonly accuracy: number;
  readonly text: string;
  /** Height of the text's middle. */
  readonly y: number;
  readonly side: 'left' | 'right';
}

/** The size of "89.0 %" and its distance from the point, in per cent of the panel. */
const TEXT = { width: (100 * 56) / PANEL.width, height: (100 * 18) / PANEL.height, from: (100 * 8) / PANEL.width };
/** How far up or down of the point a text may be, the best first. */
const SHIFTS = [3, -4, 7, -8, 11, -12, 15, -16];
const TOP = 102;
const BOTTOM = 2;

type Place = Pick<ValueLabel, 'sparsity' | 'y' | 'side'>;

/** The accuracies at one sparsity as texts that cover neither each other nor, if possible, a point of a curve. */
export function valueLabels(
  numbered: readonly LabelSummary[],
  all: readonly LabelSummary[],
  statistics: Statistics,
  sparsity: number,
): ValueLabel[] {
  const points = curves(all, statistics);
  const placed: ValueLabel[] = [];
  for (const summary of numbered) {
    const pair = pairAt(summary, sparsity);
    if (!pair) continue;
    const own = point(summary.label, sparsity, pair[statistics]);
    const place = bestPlace(own, points, placed);
    placed.push({ label: own.label, accuracy: own.accuracy, text: `${own.accuracy.toFixed(1)} %`, ...place });
  }
  return placed;
}

function bestPlace({ sparsity, accuracy }: CurvePoint, points: readonly CurvePoint[], placed: readonly Place[]): Place {
  const places = (['right', 'left'] as const).flatMap((side) =>
    SHIFTS.map((shift): Place => ({ sparsity, y: accuracy + shift, side })),
  );
  const cost = (place: Place) => {
    const isOutside = place.y > TOP || place.y < BOTTOM || (place.side === 'left' && sparsity < TEXT.width);
    const hidden = points.filter((other) => covers(place, other.sparsity, other.accuracy)).length;
    const texts = placed.filter((other) => overlap(place, other)).length;
    // Beside the point it belongs to, and on the right, where fewer curves are.
    const preference = 0.1 * Math.abs(place.y - accuracy) + (place.side === 'left' ? 0.5 : 0);
    return (isOutside ? 1000 : 0) + 100 * texts + 10 * hidden + preference;
  };
  return places.reduce((best, place) => (cost(place) < cost(best) ? place : best));
}

/** From where to where a text goes. */
function span({ sparsity, side }: Place): [left: number, right: number] {
  const { from, width } = TEXT;
  return side === 'right' ? [sparsity + from, sparsity + from + width] : [sparsity - from - width, sparsity - from];
}

function covers(place: Place, x: number, y: number): boolean {
  const [left, right] = span(place);
  return x > left - 1 && x < right + 1 && Math.abs(y - place.y) < TEXT.height / 2 + 1;
}

function overlap(a: Place, b: Place): boolean {
  const [[left, right], [otherLeft, otherRight]] = [span(a), span(b)];
  return left < otherRight && otherLeft < right && Math.abs(a.y - b.y) < TEXT.height;
}
