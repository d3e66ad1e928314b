import { checkBytes, checkDense, checkSize, type SparseIndices } from './checks.js';
import { CsrMatrix, type FromDenseOptions } from './csr-matrix.js';

/** The arrays of a matrix with equally many entries in every row. */
export interface EllFields {
  rows: number;
  columns: number;
  /** [rows · width], row after row. */
  values: Float32Array;
  /** [rows · width], in [0, columns), rising strictly within a row. */
  columnIndices: SparseIndices;
}

/** A kernel, its size, and which of its weights to keep. */
export interface FromKernelOptions {
  fanIn: number;
  units: number;
  /** [fanIn · units], not 0 = kept, as `topKMask` gives it. Default: the weights that are not zero. */
  mask?: Uint8Array;
  /** 'uint16' takes half the memory and at most 65,536 columns. Default 'int32'. */
  indexType?: FromDenseOptions['indexType'];
}

/**
 * A sparse matrix [rows, columns] with the same number of entries, `width`, in every row: no row offsets are needed,
 * and every row costs the same. Targeted dropout and `topKMask` at weight granularity keep equally many weights in
 * every column of a kernel [fanIn, units] (constant fan-in): its transposed matrix [units, fanIn] is one of these. See
 * `fromKernel`.
 */
export class EllMatrix implements EllFields {
  readonly rows: number;
  readonly columns: number;
  /** Entries per row; 0 if there are no rows. */
  readonly width: number;
  readonly values: Float32Array;
  readonly columnIndices: SparseIndices;
  readonly #csr: CsrMatrix;

  /** @throws {TypeError | RangeError} if an invariant does not hold; the message names the first bad entry. */
  constructor(fields: EllFields) {
    const { rows, columns, values, columnIndices } = fields;
    checkSize('EllMatrix', rows, columns);
    const count = values instanceof Float32Array ? values.length : 0;
    this.width = rows > 0 ? count / rows : 0;
    if (!Number.isInteger(this.width) || (rows === 0 && count > 0)) {
      throw new RangeError(`EllMatrix: values must have a multiple of rows = ${rows} entries, got ${count}`);
    }
    const rowOffsets = Int32Array.from({ length: rows + 1 }, (_, row) => row * this.width);
    try {
      this.#csr = new CsrMatrix({ rows, columns, values, columnIndices, rowOffsets });
    } catch (error) {
      if (error instanceof Error) error.message = error.message.replace(/^CsrMatrix/, 'EllMatrix');
      throw error;
    }
    this.rows = rows;
    this.columns = columns;
    this.values = values;
    this.columnIndices = columnIndices;
  }

  get nnz(): number {
    return this.values.length;
  }

  /** nnz / (rows · columns), 0 for an empty matrix. */
  get density(): number {
    return this.#csr.density;
  }

  /**
   * The transposed matrix [units, fanIn] of a kernel [fanIn, units] with constant fan-in.
   * @param kernel row-major, [fanIn · units]
   * @throws {TypeError | RangeError} if a length does not fit, or if a column keeps another number of weights than the
   * first.
   */
  static fromKernel(kernel: Float32Array, options: FromKernelOptions): EllMatrix {
    const { fanIn: rows, units: columns, mask, indexType = 'int32' } = options;
    const op = 'EllMatrix.fromKernel';
    checkDense(op, 'kernel', kernel, { rows, columns });
    if (mask !== undefined) checkBytes(op, 'mask', mask, kernel.length);
    const size = { rows, columns };
    const csr = mask ? CsrMatrix.fromMask(kernel, mask, size) : CsrMatrix.fromDense(kernel, size);
    return EllMatrix.fromCsr(csr.transpose(), indexType);
  }

  /**
   * @param csr shares its arrays with the result if they have the asked type
   * @throws {RangeError} naming the first row with another number of entries than row 0.
   */
  static fromCsr(csr: CsrMatrix, indexType?: FromDenseOptions['indexType']): EllMatrix {
    const { rows, rowOffsets } = csr;
    const width = rows > 0 ? rowOffsets[1]! : 0;
    for (let row = 1; row < rows; row++) {
      const count = rowOffsets[row + 1]! - rowOffsets[row]!;
      if (count !== width) {
        throw new RangeError(
          `EllMatrix.fromCsr: row ${row} must have as many entries as row 0, ${width}, got ${count}`,
        );
      }
    }
    let columnIndices = csr.columnIndices;
    if (indexType === 'uint16' && !(columnIndices instanceof Uint16Array)) {
      if (csr.columns > 2 ** 16) {
        throw new RangeError(`EllMatrix.fromCsr: indexType 'uint16' takes at most 65536 columns, got ${csr.columns}`);
      }
      columnIndices = Uint16Array.from(columnIndices);
    }
    return new EllMatrix({ rows: csr.rows, columns: csr.columns, values: csr.values, columnIndices });
  }

  /** The same matrix with row offsets; shares its arrays. */
  toCsr(): CsrMatrix {
    return this.#csr;
  }

  /** Row-major, [rows · columns]. */
  toDense(): Float32Array {
    return this.#csr.toDense();
  }

  /** The transposed matrix [columns, rows]; its rows need not be equally long. */
  transpose(): CsrMatrix {
    return this.#csr.transpose();
  }
}
