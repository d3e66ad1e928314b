/** Checks of sparse matrices. Each error names the operation and the first bad entry. */

import { checkChoice, checkInteger, productOf } from '../value-checks.js';
import type { BlockFields } from './block-sparse-matrix.js';
import type { CsrFields } from './csr-matrix.js';
import type { NmFields } from './nm-matrix.js';
import { entriesOf, nmWidth } from './nm-width.js';

/** Column indices; uint16 for at most 65,536 columns. */
export type SparseIndices = Int32Array | Uint16Array;

/** The most rows or columns of a sparse matrix, as in src/core/sparse/csr.h. */
const MAX_SPARSE_AXIS = 2 ** 26;

export function checkSize(op: string, rows: unknown, columns: unknown): void {
  checkInteger(op, 'rows', rows, 0, MAX_SPARSE_AXIS);
  checkInteger(op, 'columns', columns, 0, MAX_SPARSE_AXIS);
}

export function checkIndexArray(op: string, indexType: unknown, columns: number): void {
  checkChoice(op, 'indexType', indexType, ['int32', 'uint16']);
  if (indexType === 'uint16' && columns > 2 ** 16) {
    throw new RangeError(`${op}: indexType 'uint16' takes at most 65536 columns, got ${columns}`);
  }
}

export function indexArray(indexType: 'int32' | 'uint16', length: number): SparseIndices {
  return indexType === 'uint16' ? new Uint16Array(length) : new Int32Array(length);
}

/** A Float32Array of exactly rows · columns elements. */
export function checkDense(op: string, name: string, data: unknown, size: { rows: number; columns: number }): void {
  if (!(data instanceof Float32Array)) throw new TypeError(`${op}: ${name} must be a Float32Array`);
  checkInteger(op, 'rows', size.rows, 0, 2 ** 31 - 1);
  checkInteger(op, 'columns', size.columns, 0, 2 ** 31 - 1);
  const length = productOf(op, 'rows × columns', size.rows, size.columns);
  if (data.length !== length) {
    throw new RangeError(
      `${op}: ${name} must have length rows × columns = ${size.rows} × ${size.columns} = ${length}, got ${data.length}`,
    );
  }
}

/** Types and lengths. */
function checkArrays(op: string, { rows, columns, values, columnIndices, rowOffsets }: CsrFields): void {
  checkSize(op, rows, columns);
  if (!(values instanceof Float32Array)) throw new TypeError(`${op}: values must be a Float32Array`);
  if (!(columnIndices instanceof Int32Array || columnIndices instanceof Uint16Array)) {
    throw new TypeError(`${op}: columnIndices must be an Int32Array or a Uint16Array`);
  }
  if (!(rowOffsets instanceof Int32Array)) throw new TypeError(`${op}: rowOffsets must be an Int32Array`);
  if (columnIndices.length !== values.length) {
    throw new RangeError(
      `${op}: columnIndices must have as many entries as values, ${values.length}, got ${columnIndices.length}`,
    );
  }
  if (rowOffsets.length !== rows + 1) {
    throw new RangeError(`${op}: rowOffsets must have length rows + 1 = ${rows + 1}, got ${rowOffsets.length}`);
  }
}

function checkOffsets(op: string, rowOffsets: Int32Array, nnz: number): void {
  if (rowOffsets[0] !== 0) throw new RangeError(`${op}: rowOffsets[0] must be 0, got ${rowOffsets[0]}`);
  for (let i = 1; i < rowOffsets.length; i++) {
    const [before, offset] = [rowOffsets[i - 1]!, rowOffsets[i]!];
    if (offset < before) {
      throw new RangeError(`${op}: rowOffsets[${i}] must be at least rowOffsets[${i - 1}] = ${before}, got ${offset}`);
    }
    if (offset > nnz) {
      throw new RangeError(`${op}: rowOffsets[${i}] must be at most the number of entries ${nnz}, got ${offset}`);
    }
  }
  const last = rowOffsets.length - 1;
  if (rowOffsets[last] !== nnz) {
    throw new RangeError(`${op}: rowOffsets[${last}] must be the number of entries ${nnz}, got ${rowOffsets[last]}`);
  }
}

/** Every invariant of a sparse matrix by rows, with the messages of src/core/sparse/csr.cc. */
export function checkCsr(op: string, fields: CsrFields): void {
  // Read once: a getter could give something else after the check, such as rows without end.
  const { rows, columns, values, columnIndices, rowOffsets } = fields;
  checkArrays(op, { rows, columns, values, columnIndices, rowOffsets });
  checkOffsets(op, rowOffsets, values.length);
  for (let row = 0; row < rows; row++) {
    let before = -1;
    for (let i = rowOffsets[row]!; i < rowOffsets[row + 1]!; i++) {
      const column = columnIndices[i]!;
      if (column < 0 || column >= columns) {
        throw new RangeError(`${op}: columnIndices[${i}] must be in [0, ${columns}), got ${column}`);
      }
      if (column <= before) {
        throw new RangeError(
          `${op}: columnIndices[${i}] must be greater than columnIndices[${i - 1}] = ${before} ` +
            `in the same row ${row}, got ${column}`,
        );
      }
      before = column;
    }
  }
}

/** A Uint8Array of exactly `length` elements. */
export function checkBytes(op: string, name: string, bytes: unknown, length: number): void {
  if (!(bytes instanceof Uint8Array)) throw new TypeError(`${op}: ${name} must be a Uint8Array`);
  if (bytes.length !== length) {
    throw new RangeError(`${op}: ${name} must have length ${length}, got ${bytes.length}`);
  }
}

/** Every invariant of an N:M matrix, with the messages of src/core/sparse/nm.cc. */
export function checkNm(op: string, { rows, columns, n, m, values, positions }: NmFields): void {
  checkSize(op, rows, columns);
  checkInteger(op, 'm', m, 1, 256);
  checkInteger(op, 'n', n, 1, m);
  if (!(values instanceof Float32Array)) throw new TypeError(`${op}: values must be a Float32Array`);
  const width = nmWidth(columns, n, m);
  const length = productOf(op, 'rows × entries of a row', rows, width);
  if (values.length !== length) {
    throw new RangeError(`${op}: values must have length rows × ${width} = ${length}, got ${values.length}`);
  }
  checkBytes(op, 'positions', positions, values.length);
  for (let row = 0, i = 0; row < rows; row++) {
    for (let first = 0; first < columns; first += m) {
      const size = Math.min(m, columns - first);
      for (let entry = 0, count = entriesOf(size, n, m); entry < count; entry++, i++) {
        const position = positions[i]!;
        if (position >= size) throw new RangeError(`${op}: positions[${i}] must be in [0, ${size}), got ${position}`);
        if (entry > 0 && position <= positions[i - 1]!) {
          throw new RangeError(
            `${op}: positions[${i}] must be greater than positions[${i - 1}] = ${positions[i - 1]} ` +
              `in the same group, got ${position}`,
          );
        }
      }
    }
  }
}

/** Two integers in [1, MAX_SPARSE_AXIS]. */
/** A copy of a block's shape, checked: each entry is read once, because a getter could give something else later. */
export function blockShapeOf(op: string, block: unknown): readonly [number, number] {
  if (!Array.isArray(block) || block.length !== 2) throw new TypeError(`${op}: block must be [rows, columns]`);
  const copy: readonly unknown[] = [block[0], block[1]];
  for (const size of copy) {
    if (typeof size !== 'number') throw new TypeError(`${op}: block must hold numbers, got ${typeof size}`);
    if (!(Number.isInteger(size) && size >= 1 && size <= MAX_SPARSE_AXIS)) {
      throw new RangeError(`${op}: block must hold integers in [1, ${MAX_SPARSE_AXIS}], got ${size}`);
    }
  }
  return copy as readonly [number, number];
}

/** The most values of a matrix of blocks, as in src/core/sparse/block.h. */
const MAX_BLOCK_VALUES = 2 ** 30 - 1;

/** Every invariant of a matrix of blocks; indices are counted in blocks. */
export function checkBlocks(op: string, fields: BlockFields): void {
  const { rows, columns, values, columnIndices, rowOffsets } = fields;
  checkSize(op, rows, columns);
  const block = blockShapeOf(op, fields.block);
  if (!(values instanceof Float32Array)) throw new TypeError(`${op}: values must be a Float32Array`);
  if (!(columnIndices instanceof Int32Array)) throw new TypeError(`${op}: columnIndices must be an Int32Array`);
  const length = productOf(op, 'the number of values', columnIndices.length, block[0], block[1]);
  if (values.length !== length || values.length > MAX_BLOCK_VALUES) {
    throw new RangeError(
      `${op}: values must have length blocks × ${block[0]} × ${block[1]} = ${length}, ` +
        `at most ${MAX_BLOCK_VALUES}, got ${values.length}`,
    );
  }
  // As a matrix of blocks; its values are not looked at.
  checkCsr(op, {
    rows: Math.ceil(rows / block[0]),
    columns: Math.ceil(columns / block[1]),
    values: values.subarray(0, columnIndices.length),
    columnIndices,
    rowOffsets,
  });
}
