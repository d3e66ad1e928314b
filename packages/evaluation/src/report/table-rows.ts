import type { LabelSummary, SpreadPair } from './summary.js';
import { percent } from './wording.js';

/** One line of a table: what was cut, and the accuracies of each label; undefined where it was not measured. */
export interface TableRow {
  readonly group: 'raw' | 'masked' | 'pruned';
  readonly name: string;
  readonly cells: readonly (SpreadPair | undefined)[];
}

/**
 * The lines of a table in three groups: raw networks, networks without the weights that training targeted, pruned ones.
 */
export function tableRows(labels: readonly LabelSummary[]): TableRow[] {
  const targets = [...new Set(labels.flatMap(({ masked }) => masked?.targetFraction ?? []))].sort((a, b) => a - b);
  const sparsities = [...new Set(labels.flatMap(({ rows }) => rows.map(({ sparsity }) => sparsity)))].sort(
    (a, b) => a - b,
  );
  return [
    { group: 'raw', name: 'raw, all weights', cells: labels.map(({ raw }) => raw) },
    ...targets.map((target) => ({
      group: 'masked' as const,
      name: `γ-masked, γ = ${percent(target)}`,
      cells: labels.map(({ masked }) => (masked?.targetFraction === target ? masked : undefined)),
    })),
    ...sparsities.map((sparsity) => ({
      group: 'pruned' as const,
      name: `${percent(sparsity)} pruned`,
      cells: labels.map(({ rows }) => rows.find((row) => row.sparsity === sparsity)),
    })),
  ];
}
