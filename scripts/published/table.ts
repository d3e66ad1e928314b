/** The table of docs/models.md. */

import type { Measured } from './measure.js';

const number = new Intl.NumberFormat('en-US');
const sum = (counts: Readonly<Record<string, number>>) => Object.values(counts).reduce((all, count) => all + count, 0);

/** Rows of Markdown. */
export function publishedTable(models: readonly Measured[]): string[] {
  const headings = ['model', 'parameters', 'kernels pruned', 'left out', 'zero, of these', 'of all kernels'];
  const rows = models.map(({ model, parameters, kernels, skipped, sparsity, inspected, differences }) => [
    `\`${model}\``,
    number.format(parameters),
    `${kernels}`,
    `${sum(skipped)}`,
    `${(100 * sparsity).toFixed(1)} %`,
    `${(100 * inspected.tfjs).toFixed(1)} %`,
    `${differences.stock}`,
    `${differences.imported}`,
    `${differences.pytorch}`,
  ]);
  const all = [
    [...headings, 'stock tfjs', 'imported', 'by PyTorch’s names'],
    ['---', ...Array(8).fill('---:')],
    ...rows,
  ];
  return all.map((cells) => `| ${cells.join(' | ')} |`);
}
