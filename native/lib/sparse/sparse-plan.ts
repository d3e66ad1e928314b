import type { NativePlan } from '../binding.js';
import { nativeBinding } from '../load.js';
import { CsrMatrix } from './csr-matrix.js';
import { EllMatrix } from './ell-matrix.js';

/**
 * A sparse matrix copied into the order in which products read it, once for many calls: for inference, or while the weights
 * do not change. Takes 8 bytes an entry for each orientation it is used in, made at the first use.
 */
export class SparsePlan {
  readonly rows: number;
  readonly columns: number;
  readonly nnz: number;
  readonly #matrix: CsrMatrix;
  readonly #plans: { rows?: NativePlan; columns?: NativePlan } = {};

  /**
   * @param matrix values that change later are not seen
   * @throws {TypeError} if it is not a sparse matrix.
   */
  constructor(matrix: CsrMatrix | EllMatrix) {
    if (!(matrix instanceof CsrMatrix || matrix instanceof EllMatrix)) {
      throw new TypeError('SparsePlan: matrix must be a CsrMatrix or an EllMatrix');
    }
    const csr = matrix instanceof EllMatrix ? matrix.toCsr() : matrix;
    const { rows, columns, columnIndices, rowOffsets } = csr;
    this.rows = rows;
    this.columns = columns;
    this.nnz = csr.nnz;
    // A copy: the two orientations must agree though they are made at different times.
    this.#matrix = new CsrMatrix({
      rows,
      columns,
      values: csr.values.slice(),
      columnIndices: columnIndices.slice(),
      rowOffsets: rowOffsets.slice(),
    });
  }

  /** The addon's plan with the matrix's rows, or columns, as units. */
  native(unitsAreColumns: boolean): NativePlan {
    const { rows, columns, values, columnIndices, rowOffsets } = this.#matrix;
    const plan = (): NativePlan =>
      nativeBinding().spmmPlan(rows, columns, values, columnIndices, rowOffsets, unitsAreColumns);
    if (unitsAreColumns) {
      this.#plans.columns ??= plan();
      return this.#plans.columns;
    }
    this.#plans.rows ??= plan();
    return this.#plans.rows;
  }
}
