import { checkInteger, productOf } from '../value-checks.js';
import { checkBytes, checkDense, checkNm, checkSize } from './checks.js';
import { CsrMatrix } from './csr-matrix.js';
import { entriesOf, nmWidth } from './nm-width.js';

/** How many entries of how many columns that follow each other. */
export interface NmRatio {
  /** Entries of every group, at least 1. Default 2. */
  n?: number;
  /** Columns of a group, at most 256. Default 4. */
  m?: number;
}

/** The arrays of an N:M matrix. */
export interface NmFields {
  rows: number;
  columns: number;
  n: number;
  m: number;
  /** [rows · width], row after row. */
  values: Float32Array;
  /** [rows · width]; the entry's column within its group, rising strictly in every group. */
  positions: Uint8Array;
}

/**
 * A sparse matrix [rows, columns] with n entries in every m columns of a row that follow each other, such as 2:4, and
 * ⌈g · n / m⌉ in the g < m columns that remain at its end; float32. Five bytes an entry. The pattern '2:4' of
 * `topKMask` runs along the fan-in: the transposed matrix [units, fanIn] of such a kernel is one of these, see
 * `fromKernel`. The arrays are kept.
 */
export class NmMatrix implements NmFields {
  readonly rows: number;
  readonly columns: number;
  readonly n: number;
  readonly m: number;
  /** Entries per row. */
  readonly width: number;
  readonly values: Float32Array;
  readonly positions: Uint8Array;

  /** @throws {TypeError | RangeError} if an invariant does not hold; the message names the first bad entry. */
  constructor(fields: NmFields) {
    // Read once: a getter could give something else after the check.
    const { rows, columns, n, m, values, positions } = fields;
    checkNm('NmMatrix', { rows, columns, n, m, values, positions });
    this.rows = rows;
    this.columns = columns;
    this.n = n;
    this.m = m;
    this.width = nmWidth(columns, n, m);
    this.values = values;
    this.positions = positions;
  }

  get nnz(): number {
    return this.values.length;
  }

  /** nnz / (rows · columns), 0 for an empty matrix. */
  get density(): number {
    return this.rows * this.columns === 0 ? 0 : this.nnz / (this.rows * this.columns);
  }

  /**
   * The values that are not zero, and zeros where a group has fewer than its entries.
   * @param dense row-major, [rows · columns]
   * @throws {TypeError | RangeError} if the length does not fit, or naming the first group that holds more than its
   * entries.
   */
  static fromDense(dense: Float32Array, options: { rows: number; columns: number } & NmRatio): NmMatrix {
    // Read once: a getter could give something else after the check.
    const once = { ...options };
    checkDense('NmMatrix.fromDense', 'dense', dense, once);
    return gather('NmMatrix.fromDense', dense, once, (i) => dense[i] !== 0, 'at most');
  }

  /**
   * The entries where a mask is not 0, which must be exactly n of every m, zeros among them.
   * @param dense row-major, [rows · columns]
   * @param mask of the same length
   * @throws {TypeError | RangeError} if a length does not fit, or naming the first group with another number of
   * entries.
   */
  static fromMask(
    dense: Float32Array,
    mask: Uint8Array,
    options: { rows: number; columns: number } & NmRatio,
  ): NmMatrix {
    const once = { ...options };
    checkDense('NmMatrix.fromMask', 'dense', dense, once);
    checkBytes('NmMatrix.fromMask', 'mask', mask, dense.length);
    return gather('NmMatrix.fromMask', dense, once, (i) => mask[i] !== 0, 'exactly');
  }

  /**
   * The transposed matrix [units, fanIn] of a kernel [fanIn, units] that has n of every m rows in each column.
   * @param kernel row-major, [fanIn · units]
   * @throws {TypeError | RangeError} as fromDense, or with a mask as fromMask, of the transposed kernel.
   */
  static fromKernel(
    kernel: Float32Array,
    { fanIn, units, mask, ...ratio }: { fanIn: number; units: number; mask?: Uint8Array } & NmRatio,
  ): NmMatrix {
    const op = 'NmMatrix.fromKernel';
    checkDense(op, 'kernel', kernel, { rows: fanIn, columns: units });
    if (mask !== undefined) checkBytes(op, 'mask', mask, kernel.length);
    const size = { rows: units, columns: fanIn, ...ratio };
    const transposed = kernel.map((_, i) => kernel[(i % fanIn) * units + Math.floor(i / fanIn)]!);
    if (mask === undefined) return gather(op, transposed, size, (i) => transposed[i] !== 0, 'at most');
    return gather(op, transposed, size, (i) => mask[(i % fanIn) * units + Math.floor(i / fanIn)] !== 0, 'exactly');
  }

  /** The same matrix with column indices and row offsets; shares the values. */
  toCsr(): CsrMatrix {
    const columnIndices = new Int32Array(this.nnz);
    for (let row = 0, i = 0; row < this.rows; row++) {
      for (let first = 0; first < this.columns; first += this.m) {
        const count = entriesOf(Math.min(this.m, this.columns - first), this.n, this.m);
        for (let entry = 0; entry < count; entry++, i++) columnIndices[i] = first + this.positions[i]!;
      }
    }
    const rowOffsets = Int32Array.from({ length: this.rows + 1 }, (_, row) => row * this.width);
    return new CsrMatrix({ rows: this.rows, columns: this.columns, values: this.values, columnIndices, rowOffsets });
  }

  /** Row-major, [rows · columns]; 0 where nothing is stored. */
  toDense(): Float32Array {
    return this.toCsr().toDense();
  }

  /** The transposed matrix [columns, rows], which need not be N:M; copies. */
  transpose(): CsrMatrix {
    return this.toCsr().transpose();
  }
}

function gather(
  op: string,
  dense: Float32Array,
  { rows, columns, n = 2, m = 4 }: { rows: number; columns: number } & NmRatio,
  keeps: (index: number) => boolean,
  howMany: 'exactly' | 'at most',
): NmMatrix {
  checkSize(op, rows, columns);
  checkInteger(op, 'm', m, 1, 256);
  checkInteger(op, 'n', n, 1, m);
  const length = productOf(op, 'rows × entries of a row', rows, nmWidth(columns, n, m));
  const values = new Float32Array(length);
  const positions = new Uint8Array(length);
  let to = 0;
  for (let row = 0; row < rows; row++) {
    for (let first = 0; first < columns; first += m) {
      const size = Math.min(m, columns - first);
      const count = entriesOf(size, n, m);
      const start = row * columns + first;
      const kept = Array.from({ length: size }, (_, p) => p).filter((p) => keeps(start + p));
      if (kept.length > count || (howMany === 'exactly' && kept.length < count)) {
        throw new RangeError(
          `${op}: every ${size} columns must keep ${howMany} ${count}, ` +
            `got ${kept.length} in row ${row} from column ${first}`,
        );
      }
      for (let p = 0; kept.length < count; p++) if (!kept.includes(p)) kept.push(p);
      for (const p of kept.sort((a, b) => a - b)) {
        values[to] = dense[start + p]!;
        positions[to++] = p;
      }
    }
  }
  return new NmMatrix({ rows, columns, n, m, values, positions });
}
