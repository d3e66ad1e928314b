/** The ranking of `topKMask` and `targetedDropout` in plain JavaScript, bit for bit equal to the C++ kernels. */

import { type Granularity, type KernelMatrix, rankedCount } from './kernel-matrix.js';

/**
 * Selects the `count` lowest-ranked entries of every column (weight), or the `count` lowest-ranked columns (unit).
 * Weights rank by |w|, columns by L2 norm. In a tie, the lower index ranks lower.
 *
 * @param values row-major `[fanIn, units]`
 * @param label name of the kernel in messages
 * @returns one byte per weight (weight) or per column (unit), 1 = selected
 * @throws RangeError at the first NaN
 */
export function selectLowest(
  label: string,
  values: Float32Array,
  matrix: KernelMatrix,
  count: number,
  granularity: Granularity,
): Uint8Array {
  const { fanIn, units } = matrix;
  refuseNaN(label, values);
  const selected = new Uint8Array(granularity === 'weight' ? values.length : units);
  if (count === 0) return selected;
  if (count === rankedCount(matrix, granularity)) return selected.fill(1);
  if (granularity === 'unit') {
    const scores = columnScores(values, matrix);
    const order = Array.from({ length: units }, (_, column) => column);
    order.sort((a, b) => (scores[a] as number) - (scores[b] as number) || a - b);
    for (const column of order.slice(0, count)) selected[column] = 1;
    return selected;
  }
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  // Combine the bits of the magnitude and the row in one number, so that a plain sort is a stable sort by magnitude. 31
  // + 22 bits fit in a double.
  const keys = new Float64Array(fanIn);
  for (let column = 0; column < units; column++) {
    for (let row = 0; row < fanIn; row++) {
      keys[row] = ((bits[row * units + column] as number) & 0x7fffffff) * fanIn + row;
    }
    keys.sort();
    for (let rank = 0; rank < count; rank++) selected[((keys[rank] as number) % fanIn) * units + column] = 1;
  }
  return selected;
}

/**
 * Squared L2 norms. Every implementation sums in row order and in double precision, in which the product of two floats
 * is exact.
 */
function columnScores(values: Float32Array, { fanIn, units }: KernelMatrix): Float64Array {
  const scores = new Float64Array(units);
  for (let row = 0; row < fanIn; row++) {
    for (let column = 0; column < units; column++) {
      const weight = values[row * units + column] as number;
      scores[column] = (scores[column] as number) + weight * weight;
    }
  }
  return scores;
}

/** @throws RangeError at the first NaN */
export function refuseNaN(label: string, values: Float32Array): void {
  for (let i = 0; i < values.length; i++) {
    if (Number.isNaN(values[i])) throw new RangeError(`${label} must not contain NaN, got NaN at index ${i}`);
  }
}
