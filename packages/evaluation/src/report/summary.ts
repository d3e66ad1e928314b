import type { AccuracyPair } from '@winnow/training';
import type { SweepResult, SweepRun } from '../results/sweep-result.js';

/** Several measurements of one thing. */
export interface Spread {
  readonly mean: number;
  /** Sample standard deviation (n − 1); 0 for a single measurement. */
  readonly std: number;
  readonly low: number;
  readonly high: number;
  /** How many there are. */
  readonly n: number;
}

/** An accuracy pair over all seeds. */
export interface SpreadPair {
  readonly asIs: Spread;
  readonly reestimated: Spread;
}

/** All runs of one label. */
export interface LabelSummary {
  readonly label: string;
  readonly method: string;
  readonly seeds: readonly number[];
  readonly raw: SpreadPair;
  /**
   * γ-masked, or with what the method itself means to cut cut: then how much is each network's own, and here the mean.
   */
  readonly masked?: SpreadPair & { readonly targetFraction: number };
  readonly rows: readonly (SpreadPair & { readonly sparsity: number })[];
}

/** Mean and spread of at least one value. */
export function spread(values: readonly number[]): Spread {
  const n = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return {
    mean,
    std: n > 1 ? Math.sqrt(squares / (n - 1)) : 0,
    low: Math.min(...values),
    high: Math.max(...values),
    n,
  };
}

function pair(pairs: readonly AccuracyPair[]): SpreadPair {
  return {
    asIs: spread(pairs.map(({ asIs }) => asIs)),
    reestimated: spread(pairs.map(({ reestimated }) => reestimated)),
  };
}

function summarise(label: string, runs: readonly SweepRun[]): LabelSummary {
  const sparsities = [...new Set(runs.flatMap(({ rows }) => rows.map(({ sparsity }) => sparsity)))].sort(
    (a, b) => a - b,
  );
  const masked = runs.flatMap((run) => run.masked ?? []);
  return {
    label,
    method: runs[0]!.method,
    seeds: runs.map(({ seed }) => seed),
    raw: pair(runs.map(({ raw }) => raw)),
    ...(masked.length > 0 ? { masked: { ...pair(masked), targetFraction: meanFraction(masked) } } : {}),
    rows: sparsities.map((sparsity) => ({
      sparsity,
      ...pair(runs.flatMap(({ rows }) => rows.filter((row) => row.sparsity === sparsity))),
    })),
  };
}

/** Exactly the one that all have, if they do. */
function meanFraction(masked: readonly { readonly targetFraction: number }[]): number {
  const fractions = masked.map(({ targetFraction }) => targetFraction);
  return fractions.every((fraction) => fraction === fractions[0]) ? fractions[0]! : spread(fractions).mean;
}

/**
 * The fractions above 0 that training aimed at: those that all networks of a label share, not what each found for
 * itself.
 */
export function aimedFractions(result: SweepResult): number[] {
  const labels = [...new Set(result.runs.map(({ label }) => label))];
  const own = labels.map((label) => [
    ...new Set(result.runs.filter((run) => run.label === label).flatMap(({ masked }) => masked?.targetFraction ?? [])),
  ]);
  const shared = own.flatMap((fractions) => (fractions.length === 1 ? fractions : []));
  return [...new Set(shared)].filter((fraction) => fraction > 0).sort((a, b) => a - b);
}

/** The runs of a result by label, in the order in which labels first appear. */
export function summaries(result: SweepResult): LabelSummary[] {
  const labels = [...new Set(result.runs.map(({ label }) => label))];
  return labels.map((label) =>
    summarise(
      label,
      result.runs.filter((run) => run.label === label),
    ),
  );
}
