import { printable } from '@winnow/system/printable';
import type { InspectedFile } from './inspect-file.js';

/** The table that the command prints. */
export function inspectionTable({ kernels, others, othersNotFinite, method }: InspectedFile): string {
  const number = new Intl.NumberFormat('en-US');
  const share = (zeros: number, weights: number) => `${weights === 0 ? '0.0' : ((100 * zeros) / weights).toFixed(1)} %`;
  const rows = kernels.map(({ name, shape, weights, zeros, pattern }) => [
    printable(name),
    shape.join('×'),
    number.format(weights),
    share(zeros, weights),
    pattern,
  ]);
  const sum = (of: (kernel: InspectedFile['kernels'][number]) => number) =>
    kernels.reduce((total, kernel) => total + of(kernel), 0);
  const [weights, zeros] = [sum((kernel) => kernel.weights), sum((kernel) => kernel.zeros)];
  const all = [
    ['kernel', 'shape', 'weights', 'zero', 'pattern'],
    ...rows,
    ['all kernels', '', number.format(weights), share(zeros, weights), ''],
  ];
  const widths = all[0]?.map((_, column) => Math.max(...all.map((row) => (row[column] as string).length))) ?? [];
  const lines = all.map((row) =>
    row
      .map((cell, column) =>
        column === 2 || column === 3 ? cell.padStart(widths[column] as number) : cell.padEnd(widths[column] as number),
      )
      .join('  ')
      .trimEnd(),
  );
  const untouched = kernels.filter((kernel) => kernel.zeros === 0).length;
  lines.push(
    '',
    `${untouched} of ${kernels.length} kernels have no zeros; ` +
      `${number.format(others)} other numbers (biases, statistics).`,
  );
  const notFinite = [
    ...kernels.map(({ name, notFinite }) => [printable(name), notFinite] as const),
    ['other numbers', othersNotFinite] as const,
  ].filter(([, count]) => count > 0);
  if (notFinite.length > 0) {
    lines.push('NaN or infinite, and counted as not zero:');
    for (const [name, count] of notFinite) lines.push(`  ${name}: ${number.format(count)}`);
  }
  if (method !== undefined) {
    lines.push(`Saved with method '${printable(method)}': these are raw weights, without the method's masks or gates.`);
  }
  return lines.join('\n');
}
