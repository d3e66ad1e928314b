import type { KernelLayout } from './passes/kernels.js';

/** Where zeros of a kernel lie: what a fast kernel could make use of. */
export interface KernelZeros {
  /** How many numbers the kernel has. */
  readonly weights: number;
  readonly zeros: number;
  /** zeros / weights; 0 for a kernel without weights. */
  readonly sparsity: number;
  /**
   * `'dense'`: no zeros. `'unit'`: whole units. `'RxC'`: whole blocks of the matrix fan-in × units. `'N:M'`: at most N
   * of every M weights of a unit that follow each other are left. `'column'`: every unit has the same number of weights
   * left. `'unstructured'`: none of these.
   */
  readonly pattern: string;
}

/** Kernels as other frameworks store them, `[units, …]`, too. */
export type StoredLayout = KernelLayout | 'unitsFirst';

const N_OF_M = [
  [1, 4],
  [2, 4],
  [2, 8],
  [4, 8],
] as const;
const BLOCKS = [32, 16, 8, 4, 2] as const;

/**
 * Counts the zeros of a kernel and finds the pattern that they make. With several, the first in the order of
 * `pattern`'s description.
 *
 * @param values as stored, row by row
 */
export function kernelZeros(
  values: ArrayLike<number>,
  shape: readonly number[],
  layout: StoredLayout = 'unitsLast',
): KernelZeros {
  const weights = shape.reduce((product, size) => product * size, 1);
  const matrix = zerosByUnit(values, shape, layout);
  const zeros = matrix.reduce((sum, unit) => sum + unit.reduce((all, isZero) => all + isZero, 0), 0);
  return { weights, zeros, sparsity: weights === 0 ? 0 : zeros / weights, pattern: patternOf(matrix, zeros) };
}

/** For every unit its fan-in as ones and zeros, 1 = the weight is zero. */
function zerosByUnit(values: ArrayLike<number>, shape: readonly number[], layout: StoredLayout): Uint8Array[] {
  const size = values.length;
  const last = shape.at(-1) ?? 1;
  const beforeLast = shape.at(-2) ?? 1;
  const units = { unitsLast: last, unitsFirst: shape[0] ?? 1, depthwise: last * beforeLast, transposed: beforeLast }[
    layout
  ];
  const fanIn = units === 0 ? 0 : size / units;
  const matrix = Array.from({ length: units }, () => new Uint8Array(fanIn));
  for (let at = 0; at < size; at++) {
    if (values[at] !== 0) continue;
    const [unit, row] =
      layout === 'unitsFirst'
        ? [Math.floor(at / fanIn), at % fanIn]
        : layout === 'transposed'
          ? [Math.floor(at / last) % units, Math.floor(at / (last * units)) * last + (at % last)]
          : [at % units, Math.floor(at / units)];
    (matrix[unit] as Uint8Array)[row] = 1;
  }
  return matrix;
}

function patternOf(matrix: readonly Uint8Array[], zeros: number): string {
  if (zeros === 0) return 'dense';
  const fanIn = matrix[0]?.length ?? 0;
  const counts = matrix.map((unit) => unit.reduce((sum, isZero) => sum + isZero, 0));
  if (counts.every((count) => count === 0 || count === fanIn)) return 'unit';
  for (const size of BLOCKS) {
    if (size <= fanIn && size <= matrix.length && isOfBlocks(matrix, size)) return `${size}x${size}`;
  }
  for (const [n, m] of N_OF_M) if (fanIn >= m && matrix.every((unit) => hasNOfM(unit, n, m))) return `${n}:${m}`;
  return counts.every((count) => count === counts[0]) ? 'column' : 'unstructured';
}

function hasNOfM(unit: Uint8Array, n: number, m: number): boolean {
  for (let start = 0; start + m <= unit.length; start += m) {
    let left = m;
    for (let row = start; row < start + m; row++) left -= unit[row] as number;
    if (left > n) return false;
  }
  return true;
}

function isOfBlocks(matrix: readonly Uint8Array[], size: number): boolean {
  return matrix.every((unit, column) => {
    const first = matrix[column - (column % size)] as Uint8Array;
    return unit.every((isZero, row) => isZero === first[row - (row % size)]);
  });
}
