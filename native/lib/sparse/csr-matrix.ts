import { productOf } from '../value-checks.js';
import {
  checkBytes,
  checkCsr,
  checkDense,
  checkIndexArray,
  checkSize,
  indexArray,
  type SparseIndices,
} from './checks.js';

/** The arrays of a sparse matrix by rows. */
export interface CsrFields {
  rows: number;
  columns: number;
  /** [nnz], row after row. */
  values: Float32Array;
  /** [nnz], in [0, columns), rising strictly within a row. */
  columnIndices: SparseIndices;
  /** [rows + 1]; row r holds the entries rowOffsets[r] to rowOffsets[r + 1] − 1. From 0 to nnz, never falling. */
  rowOffsets: Int32Array;
}

/** How a dense matrix becomes sparse. */
export interface FromDenseOptions {
  rows: number;
  columns: number;
  /** 'uint16' takes half the memory and at most 65,536 columns. Default 'int32'. */
  indexType?: 'int32' | 'uint16';
}

/**
 * A sparse matrix [rows, columns] in compressed sparse row form, float32. The arrays are kept, not copied: they may be
 * views of any buffer, and new values may be written into `values` at any time. Columns that fall, or stand twice in a
 * row, are refused: the order of summation, and with it the last bits of every product, is that of the columns.
 */
export class CsrMatrix implements CsrFields {
  readonly rows: number;
  readonly columns: number;
  readonly values: Float32Array;
  readonly columnIndices: SparseIndices;
  readonly rowOffsets: Int32Array;

  /** @throws {TypeError | RangeError} if an invariant does not hold; the message names the first bad entry. */
  constructor(fields: CsrFields) {
    // Read once: a getter could give something else after the check.
    const { rows, columns, values, columnIndices, rowOffsets } = fields;
    checkCsr('CsrMatrix', { rows, columns, values, columnIndices, rowOffsets });
    this.rows = rows;
    this.columns = columns;
    this.values = values;
    this.columnIndices = columnIndices;
    this.rowOffsets = rowOffsets;
  }

  /** How many entries are stored. */
  get nnz(): number {
    return this.values.length;
  }

  /** nnz / (rows · columns), 0 for an empty matrix. */
  get density(): number {
    return this.rows * this.columns === 0 ? 0 : this.nnz / (this.rows * this.columns);
  }

  /**
   * The entries of a dense matrix that are not zero (NaN is not zero, −0 is).
   * @param dense row-major, [rows · columns]
   * @throws {TypeError | RangeError} if the length does not fit, or if uint16 does not hold the columns.
   */
  static fromDense(dense: Float32Array, options: FromDenseOptions): CsrMatrix {
    // Read once: a getter could give something else after the check.
    const once = { ...options };
    checkDense('CsrMatrix.fromDense', 'dense', dense, once);
    return gather('CsrMatrix.fromDense', dense, once, (i) => dense[i] !== 0);
  }

  /**
   * The entries of a dense matrix where a mask is not 0, zeros among them, so that the pattern is the mask's.
   * @param dense row-major, [rows · columns]
   * @param mask of the same length, as `topKMask` gives it
   * @throws {TypeError | RangeError} if a length does not fit, or if uint16 does not hold the columns.
   */
  static fromMask(dense: Float32Array, mask: Uint8Array, options: FromDenseOptions): CsrMatrix {
    const once = { ...options };
    checkDense('CsrMatrix.fromMask', 'dense', dense, once);
    checkBytes('CsrMatrix.fromMask', 'mask', mask, dense.length);
    return gather('CsrMatrix.fromMask', dense, once, (i) => mask[i] !== 0);
  }

  /** Row-major, [rows · columns]; 0 where nothing is stored. */
  toDense(): Float32Array {
    const dense = new Float32Array(productOf('CsrMatrix.toDense', 'rows × columns', this.rows, this.columns));
    for (let row = 0; row < this.rows; row++) {
      for (let i = this.rowOffsets[row]!; i < this.rowOffsets[row + 1]!; i++) {
        dense[row * this.columns + this.columnIndices[i]!] = this.values[i]!;
      }
    }
    return dense;
  }

  /** The transposed matrix [columns, rows], its columns in order; copies. */
  transpose(): CsrMatrix {
    const rowOffsets = new Int32Array(this.columns + 1);
    for (const column of this.columnIndices) rowOffsets[column + 1]!++;
    for (let column = 0; column < this.columns; column++) rowOffsets[column + 1]! += rowOffsets[column]!;
    const next = rowOffsets.slice();
    const values = new Float32Array(this.nnz);
    const isShort = this.columnIndices instanceof Uint16Array && this.rows <= 2 ** 16;
    const columnIndices = isShort ? new Uint16Array(this.nnz) : new Int32Array(this.nnz);
    for (let row = 0; row < this.rows; row++) {
      for (let i = this.rowOffsets[row]!; i < this.rowOffsets[row + 1]!; i++) {
        const to = next[this.columnIndices[i]!]!++;
        columnIndices[to] = row;
        values[to] = this.values[i]!;
      }
    }
    return new CsrMatrix({ rows: this.columns, columns: this.rows, values, columnIndices, rowOffsets });
  }
}

function gather(
  op: string,
  dense: Float32Array,
  { rows, columns, indexType = 'int32' }: FromDenseOptions,
  keeps: (index: number) => boolean,
): CsrMatrix {
  checkSize(op, rows, columns);
  checkIndexArray(op, indexType, columns);
  const rowOffsets = new Int32Array(rows + 1);
  for (let row = 0, i = 0; row < rows; row++) {
    let count = rowOffsets[row]!;
    for (let column = 0; column < columns; column++, i++) if (keeps(i)) count++;
    rowOffsets[row + 1] = count;
  }
  const nnz = rowOffsets[rows]!;
  const values = new Float32Array(nnz);
  const columnIndices = indexArray(indexType, nnz);
  for (let row = 0, i = 0, to = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++, i++) {
      if (!keeps(i)) continue;
      values[to] = dense[i]!;
      columnIndices[to++] = column;
    }
  }
  return new CsrMatrix({ rows, columns, values, columnIndices, rowOffsets });
}
