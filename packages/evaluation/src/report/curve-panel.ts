import { COLOURS } from './chart-style.js';

const PANEL = { width: 280, height: 230 };
const MOST_DOTS = 40;

/** A value of a curve at an epoch, or between two. */
export interface Point {
  epoch: number;
  value: number;
  curve: string;
}

/** Curves over the epochs with the last value of each beside its end. */
export function curvePanel(title: string, points: readonly Point[], written: (value: number) => string, scale: object) {
  // Dots show where was measured; of many they would only make the line thick.
  const few = points.filter(({ curve }) => points.filter((other) => other.curve === curve).length <= MOST_DOTS);
  const names = [...new Set(points.map(({ curve }) => curve))];
  const ends = names.map((name) => {
    const last = points.filter(({ curve }) => curve === name).at(-1) as Point;
    const label = names.length > 1 ? `${name} ` : '';
    return { ...last, text: `${label}${written(last.value)}` };
  });
  const labels = apart(ends, 0.075 * Math.max(...points.map(({ value }) => value)));
  const x = { field: 'epoch', type: 'quantitative', title: 'epoch', axis: { tickMinStep: 1, grid: false } };
  const y = { field: 'value', type: 'quantitative', title: null, scale };
  const color = { field: 'curve', type: 'nominal', legend: null, scale: { domain: names, range: COLOURS } };
  const end = { type: 'text', align: 'left', baseline: 'middle', dx: 9, fontSize: 13, fontWeight: 'bold' };
  const encoding = { x, y: { ...y, field: 'place' }, text: { field: 'text' } };
  return {
    title: { text: title, fontSize: 14, anchor: 'start', frame: 'group' },
    ...PANEL,
    layer: [
      {
        data: { values: points },
        mark: { type: 'line', strokeWidth: 2.5 },
        encoding: { x, y, color },
      },
      { data: { values: few }, mark: { type: 'point', size: 35, filled: true, opacity: 1 }, encoding: { x, y, color } },
      { data: { values: labels }, mark: { ...end, stroke: 'white', strokeWidth: 4, strokeJoin: 'round' }, encoding },
      { data: { values: labels }, mark: end, encoding: { ...encoding, color } },
    ],
  };
}

/** Where texts beside the ends go, so that none covers another: the lowest stays, the others keep their distance. */
function apart<End extends Point>(ends: readonly End[], distance: number): (End & { place: number })[] {
  let lowest = Number.NEGATIVE_INFINITY;
  return [...ends]
    .sort((a, b) => a.value - b.value)
    .map((end) => {
      lowest = Math.max(end.value, lowest + distance);
      return { ...end, place: lowest };
    });
}
