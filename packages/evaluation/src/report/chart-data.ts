import { pairAt } from './finding.js';
import type { LabelSummary, Spread } from './summary.js';

/** The two ways in which every pruned network is evaluated: a panel of the figure each. */
export type Statistics = 'asIs' | 'reestimated';

/** One accuracy of a curve, in per cent. */
export interface CurvePoint {
  readonly label: string;
  readonly sparsity: number;
  readonly accuracy: number;
  /** Lowest and highest over the seeds. */
  readonly low: number;
  readonly high: number;
}

/** A number written beside a point. */
export interface ValueLabel {
  readonly label: string;
  readonly sparsity: number;
  /** Height of the text, moved off other texts. */
  readonly y: number;
  readonly accuracy: number;
  readonly text: string;
}

function point(label: string, sparsity: number, { mean, low, high }: Spread): CurvePoint {
  return { label, sparsity: sparsity * 100, accuracy: mean * 100, low: low * 100, high: high * 100 };
}

/** The curve of every label: its rows, and its γ-masked network if no row has that sparsity. */
export function curves(labels: readonly LabelSummary[], statistics: Statistics): CurvePoint[] {
  return labels.flatMap((summary) => {
    const target = summary.masked?.targetFraction;
    const sparsities = new Set(summary.rows.map(({ sparsity }) => sparsity));
    if (target !== undefined) sparsities.add(target);
    return [...sparsities]
      .sort((a, b) => a - b)
      .map((sparsity) => point(summary.label, sparsity, pairAt(summary, sparsity)![statistics]));
  });
}

/**
 * Moves heights apart to at least `gap`, none by more than needed: from the lowest up, then back down from `top`.
 * @returns the new heights, in the order of `heights`
 */
export function spreadOut(heights: readonly number[], gap: number, top: number): number[] {
  const order = heights.map((_, i) => i).sort((a, b) => heights[a]! - heights[b]!);
  const moved = [...heights];
  order.forEach((i, place) => {
    if (place > 0) moved[i] = Math.max(moved[i]!, moved[order[place - 1]!]! + gap);
  });
  order.reverse().forEach((i, place) => {
    moved[i] = Math.min(moved[i]!, place === 0 ? top : moved[order[place - 1]!]! - gap);
  });
  return moved;
}

/** The accuracies at one sparsity as texts that do not overlap. */
export function valueLabels(labels: readonly LabelSummary[], statistics: Statistics, sparsity: number): ValueLabel[] {
  const points = labels.flatMap((summary) => {
    const pair = pairAt(summary, sparsity);
    return pair ? [point(summary.label, sparsity, pair[statistics])] : [];
  });
  const heights = spreadOut(
    points.map(({ accuracy }) => accuracy + 3),
    6,
    102,
  );
  return points.map(({ label, accuracy, sparsity: at }, i) => ({
    label,
    accuracy,
    sparsity: at,
    y: heights[i]!,
    text: `${accuracy.toFixed(1)} %`,
  }));
}
