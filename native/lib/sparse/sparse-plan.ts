import type { NativePlan } from '../binding.js';
import { nativeBinding } from '../load.js';
import { BlockSparseMatrix } from './block-sparse-matrix.js';
import { CsrMatrix } from './csr-matrix.js';
import { EllMatrix } from './ell-matrix.js';
import { matrixArguments } from './matrix-arguments.js';
import { NmMatrix } from './nm-matrix.js';

/**
 * A sparse matrix copied into the order in which products read it, once for many calls: for inference, or while the
 * weights do not change. Takes 8 bytes an entry (5 of a matrix of blocks of four or more) for each orientation it is
 * used in, made at the first use.
 */
export class SparsePlan {
  readonly rows: number;
  readonly columns: number;
  readonly nnz: number;
  readonly #matrix: CsrMatrix | NmMatrix | BlockSparseMatrix;
  readonly #plans: { rows?: NativePlan; columns?: NativePlan } = {};

  /**
   * @param matrix values that change later are not seen
   * @throws {TypeError} if it is not a sparse matrix.
   */
  constructor(matrix: CsrMatrix | EllMatrix | NmMatrix | BlockSparseMatrix) {
    const copied = copyOf(matrix);
    this.rows = copied.rows;
    this.columns = copied.columns;
    this.nnz = copied.values.length;
    this.#matrix = copied;
  }

  /** The addon's plan with the matrix's rows, or columns, as units. */
  native(unitsAreColumns: boolean): NativePlan {
    const matrix = this.#matrix;
    const plan = (): NativePlan => {
      if (matrix instanceof NmMatrix) return nativeBinding().spmmPlanNm(...matrixArguments(matrix), unitsAreColumns);
      if (matrix instanceof BlockSparseMatrix) {
        return nativeBinding().spmmPlanBlock(...matrixArguments(matrix), unitsAreColumns);
      }
      return nativeBinding().spmmPlan(...matrixArguments(matrix), unitsAreColumns);
    };
    if (unitsAreColumns) {
      this.#plans.columns ??= plan();
      return this.#plans.columns;
    }
    this.#plans.rows ??= plan();
    return this.#plans.rows;
  }
}

/** A copy: the two orientations must agree though they are made at different times. */
function copyOf(
  matrix: CsrMatrix | EllMatrix | NmMatrix | BlockSparseMatrix,
): CsrMatrix | NmMatrix | BlockSparseMatrix {
  if (matrix instanceof NmMatrix) {
    const { rows, columns, n, m, values, positions } = matrix;
    return new NmMatrix({ rows, columns, n, m, values: values.slice(), positions: positions.slice() });
  }
  const isBlocked = matrix instanceof BlockSparseMatrix;
  if (!(isBlocked || matrix instanceof CsrMatrix || matrix instanceof EllMatrix)) {
    throw new TypeError('SparsePlan: matrix must be a CsrMatrix, EllMatrix, NmMatrix or BlockSparseMatrix');
  }
  const { rows, columns, values } = matrix;
  const { columnIndices, rowOffsets } = matrix instanceof EllMatrix ? matrix.toCsr() : matrix;
  const common = { rows, columns, values: values.slice(), rowOffsets: rowOffsets.slice() };
  return isBlocked
    ? new BlockSparseMatrix({ ...common, block: matrix.block, columnIndices: matrix.columnIndices.slice() })
    : new CsrMatrix({ ...common, columnIndices: columnIndices.slice() });
}
