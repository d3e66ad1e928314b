import { type CurvePoint, curves, type Statistics } from './chart-data.js';
import type { LabelSummary } from './summary.js';
import { percent } from './wording.js';

/** A short text inside a panel, with the label whose colour it has. */
export interface Remark {
  readonly label: string;
  readonly lines: readonly string[];
  readonly sparsity: number;
  readonly y: number;
}

/** A method whose unpruned network scores so much less than its γ-masked one is not meant to be used unpruned. */
const MISFIT = 0.1;
/** The remark covers the panel's left part up to here, in per cent pruned, and needs this much room above its curve. */
const REMARK_UNTIL = 60;
const REMARK_ROOM = 16;

/** Whether the network of a label works only once the weights that training targeted are cut. */
export function needsCutting({ raw, masked }: LabelSummary, statistics: Statistics): boolean {
  return masked !== undefined && raw[statistics].mean < masked[statistics].mean - MISFIT;
}

/**
 * The points of curves where a network is pruned less than it was trained for, and the others; they share the border.
 */
export function splitAtTarget(
  labels: readonly LabelSummary[],
  statistics: Statistics,
): { readonly usable: CurvePoint[]; readonly unfit: CurvePoint[] } {
  const points = curves(labels, statistics);
  const borders = new Map(
    labels.map((label) => [label.label, needsCutting(label, statistics) ? label.masked!.targetFraction * 100 : 0]),
  );
  return {
    usable: points.filter(({ label, sparsity }) => sparsity >= borders.get(label)!),
    unfit: points.filter(({ label, sparsity }) => borders.get(label)! > 0 && sparsity <= borders.get(label)!),
  };
}

/** Explains a curve that is low until its network is pruned as training foresaw, where there is room to say so. */
export function remarks(labels: readonly LabelSummary[], statistics: Statistics): Remark[] {
  const points = curves(labels, statistics).filter(({ sparsity }) => sparsity <= REMARK_UNTIL);
  return labels
    .filter((label) => needsCutting(label, statistics))
    .flatMap(({ label, masked }) => {
      const own = points.filter((point) => point.label === label);
      const y = Math.max(...own.map(({ high }) => high)) + 3;
      const isFree = points.every(
        (point) => point.label === label || point.low > y + REMARK_ROOM || point.high < y - 3,
      );
      const target = percent(masked!.targetFraction);
      const lines = [`made to lose ${target}: cut by less,`, 'weights it did without interfere'];
      return isFree ? [{ label, lines, sparsity: 2, y }] : [];
    });
}
