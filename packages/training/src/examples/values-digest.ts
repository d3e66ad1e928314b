import { createHash } from 'node:crypto';
import type { Column } from './column.js';

/** So many values are converted at once. */
const AT_ONCE = 2 ** 20;

/**
 * What tells the values of examples apart: 32 hexadecimal digits over the numbers as a model gets them. A tensor and an
 * array of the same numbers have the same.
 */
export function valuesDigest(columns: readonly (Column | undefined)[]): string {
  const hash = createHash('sha256');
  for (const column of columns) {
    hash.update(`${JSON.stringify(column && [column.dtype, column.row, column.values.length])}\n`);
    if (column === undefined) continue;
    const { values, dtype } = column;
    const part = new (dtype === 'int32' ? Int32Array : Float32Array)(Math.min(AT_ONCE, values.length));
    for (let start = 0; start < values.length; start += AT_ONCE) {
      const length = Math.min(AT_ONCE, values.length - start);
      // A typed array, whatever its numbers are: other examples were converted when they were read.
      part.set((values as Float32Array).subarray(start, start + length));
      hash.update(new Uint8Array(part.buffer, 0, length * part.BYTES_PER_ELEMENT));
    }
  }
  return hash.digest('hex').slice(0, 32);
}
