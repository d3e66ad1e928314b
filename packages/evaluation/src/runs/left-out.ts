import type { SkippedKernel } from '@winnow/models';
import { printable } from '@winnow/system/printable';

/** What commands print once about kernels that a method or pruning leaves as they are; empty if there are none. */
export function leftOut(skipped: readonly SkippedKernel[]): string {
  if (skipped.length === 0) return '';
  return `Left as they are:\n${skipped.map(({ path, why }) => `  ${printable(path)}: ${why}\n`).join('')}`;
}
