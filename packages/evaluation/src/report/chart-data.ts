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

/** An accuracy of a label in per cent. */
export function point(label: string, sparsity: number, { mean, low, high }: Spread): CurvePoint {
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
