/** Sparse matrices that are right, as fields. */

import type { Random } from './random.js';

export interface SparseFields {
  rows: number;
  columns: number;
  values: Float32Array;
  columnIndices: Int32Array | Uint16Array;
  rowOffsets: Int32Array;
}

/** Columns may be many where nothing is stored; row offsets take memory. */
function sizesOf(random: Random): [rows: number, columns: number] {
  const [rows, columns] = [random.axis(), random.axis()];
  return [Math.min(rows, 2 ** 12), Math.min(columns, random.chance(0.05) ? 2 ** 24 : 2 ** 16)];
}

/** Rising columns of rows, each kept by a coin. */
function pattern(random: Random, rows: number, columns: number) {
  const density = random.next();
  const indices: number[] = [];
  const rowOffsets = new Int32Array(rows + 1);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < Math.min(columns, 100); column++) if (random.chance(density)) indices.push(column);
    rowOffsets[row + 1] = indices.length;
  }
  return { columnIndices: Int32Array.from(indices), rowOffsets };
}

export function csrFields(random: Random): SparseFields {
  const [rows, columns] = sizesOf(random);
  const { columnIndices, rowOffsets } = pattern(random, Math.min(rows, 100), columns);
  const offsets = new Int32Array(rows + 1).fill(columnIndices.length);
  offsets.set(rowOffsets);
  const isShort = columns <= 2 ** 16 && random.chance(0.5);
  return {
    rows,
    columns,
    values: random.floats(columnIndices.length),
    columnIndices: isShort ? Uint16Array.from(columnIndices) : columnIndices,
    rowOffsets: offsets,
  };
}

/** Equally many entries in every row. */
export function ellFields(random: Random) {
  const [rows, columns] = [random.below(20), random.below(40)];
  const width = random.below(columns + 1);
  const columnIndices = new Int32Array(rows * width).map((_, i) => i % Math.max(1, width));
  return { rows, columns, values: random.floats(rows, width), columnIndices };
}

export function nmFields(random: Random) {
  const m = random.pick([1, 2, 4, 4, 4, 7, 256]);
  const n = 1 + random.below(m);
  const [rows, columns] = [random.below(20), random.below(60)];
  const positions: number[] = [];
  for (let row = 0; row < rows; row++) {
    for (let first = 0; first < columns; first += m) {
      const count = Math.ceil((Math.min(m, columns - first) * n) / m);
      for (let entry = 0; entry < count; entry++) positions.push(entry);
    }
  }
  return { rows, columns, n, m, values: random.floats(positions.length), positions: Uint8Array.from(positions) };
}

export function blockFields(random: Random) {
  const [rows, columns] = sizesOf(random);
  const block: [number, number] = [random.pick([1, 2, 4, 5, 16, 70]), random.pick([1, 2, 4, 5, 16, 70])];
  const across = Math.min(30, Math.ceil(columns / block[1]));
  const down = Math.ceil(rows / block[0]);
  const { columnIndices, rowOffsets } = pattern(random, Math.min(down, 30), across);
  const offsets = new Int32Array(down + 1).fill(columnIndices.length);
  offsets.set(rowOffsets);
  const values = random.floats(columnIndices.length, ...block);
  // A matrix that would be too large has no blocks.
  const fits = values.length === columnIndices.length * block[0] * block[1];
  return fits
    ? { rows, columns, block, values, columnIndices, rowOffsets: offsets }
    : { rows, columns, block, values, columnIndices: new Int32Array(0), rowOffsets: offsets.fill(0) };
}
