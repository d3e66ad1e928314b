import type { SweepResult } from '../results/sweep-result.js';
import { comparisonTable, STATISTICS } from './markdown.js';
import { summaries } from './summary.js';

/** The sparsities that a method's own page shows. */
const SHOWN = { weight: [0.5, 0.7, 0.8, 0.9, 0.95, 0.99], unit: [0.2, 0.4, 0.6, 0.8] } as const;

/**
 * A method's lines of the comparisons' tables, under those of plain training, as GitHub markdown; empty if it is in
 * none of them. A combination counts for each of its methods.
 *
 * @param method as the registry has it
 */
export function methodMeasurements(method: string, results: readonly SweepResult[]): string {
  return results
    .flatMap((result) => {
      const labels = summaries(result).filter(
        (label) => label.method === 'none' || label.method.split('+').includes(method),
      );
      if (!labels.some((label) => label.method.split('+').includes(method))) return [];
      const what = result.granularity === 'weight' ? 'Weights' : 'Units';
      return STATISTICS.flatMap(([statistics, title]) => [
        `${what} pruned, ${title}:`,
        '',
        ...comparisonTable(result, labels, { statistics, sparsities: SHOWN[result.granularity] }),
        '',
      ]);
    })
    .join('\n');
}
