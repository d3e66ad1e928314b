import * as tf from '@tensorflow/tfjs';
import { CsrMatrix as CsrArrays, type CsrFields, checkCsr } from '@winnow/native/sparse';
import { readDense, readMask } from './read-dense.js';

/** The tensors of a CSR matrix. */
export interface CsrTensors {
  /** [rows, columns]. */
  shape: readonly [number, number];
  /** float32, [nnz], row by row; may be a variable. */
  values: tf.Tensor;
  /** int32, [nnz], in [0, columns), strictly ascending within a row. */
  columnIndices: tf.Tensor;
  /** int32, [rows + 1]: row r has the entries rowOffsets[r] to rowOffsets[r + 1] − 1. */
  rowOffsets: tf.Tensor;
}

/**
 * A sparse matrix [rows, columns] in compressed sparse row form, held in tensors, for `spmm` and `sddmm`. Dispose it
 * like a tensor. To train its values, put them in a variable: `matrix.withValues(tf.variable(matrix.values))`.
 */
export class CsrMatrix implements CsrTensors {
  readonly shape: readonly [number, number];
  readonly values: tf.Tensor;
  readonly columnIndices: tf.Tensor;
  readonly rowOffsets: tf.Tensor;

  /**
   * Takes the tensors without copying. Every product checks the contents of the index tensors.
   *
   * @throws TypeError for another dtype; RangeError for another shape
   */
  constructor({ shape, values, columnIndices, rowOffsets }: CsrTensors) {
    const entries = columnIndices?.shape?.[0];
    checkSparseTensor('CsrMatrix', 'values', values, 'float32', [entries]);
    checkSparseTensor('CsrMatrix', 'columnIndices', columnIndices, 'int32', [entries]);
    checkSparseTensor('CsrMatrix', 'rowOffsets', rowOffsets, 'int32', [shape[0] + 1]);
    this.shape = [shape[0], shape[1]];
    this.values = values;
    this.columnIndices = columnIndices;
    this.rowOffsets = rowOffsets;
  }

  /** Number of stored entries. */
  get nnz(): number {
    return this.values.size;
  }

  /** nnz / (rows · columns); 0 for an empty matrix. */
  get density(): number {
    const size = this.shape[0] * this.shape[1];
    return size === 0 ? 0 : this.nnz / size;
  }

  /**
   * The nonzero entries of a matrix. Reads the tensor; no gradient flows through it.
   *
   * @param dense float32, [rows, columns]
   * @throws TypeError if it is not float32; RangeError if it is not of rank 2
   */
  static fromDense(dense: tf.Tensor | tf.TensorLike): CsrMatrix {
    const { data, rows, columns } = readDense('CsrMatrix.fromDense', 'dense', dense);
    return CsrMatrix.fromArrays(CsrArrays.fromDense(data, { rows, columns }));
  }

  /**
   * The entries of a matrix where a mask is true, including zeros. Reads the tensors; no gradient flows through them.
   *
   * @param dense float32, [rows, columns]
   * @param mask bool, of the same shape, as returned by `topKMask`
   * @throws TypeError or RangeError for another dtype or shape
   */
  static fromMask(dense: tf.Tensor | tf.TensorLike, mask: tf.Tensor): CsrMatrix {
    const op = 'CsrMatrix.fromMask';
    const { data, rows, columns } = readDense(op, 'dense', dense);
    return CsrMatrix.fromArrays(CsrArrays.fromMask(data, readMask(op, mask, rows, columns), { rows, columns }));
  }

  /**
   * Copies a matrix's arrays into new tensors.
   *
   * @throws TypeError or RangeError if an invariant does not hold, naming the first bad entry
   */
  static fromArrays(arrays: CsrFields): CsrMatrix {
    checkCsr('CsrMatrix.fromArrays', arrays);
    return new CsrMatrix({
      shape: [arrays.rows, arrays.columns],
      values: tf.tensor1d(arrays.values.slice(), 'float32'),
      columnIndices: tf.tensor1d(Int32Array.from(arrays.columnIndices), 'int32'),
      rowOffsets: tf.tensor1d(arrays.rowOffsets.slice(), 'int32'),
    });
  }

  /**
   * The matrix as plain arrays.
   *
   * @throws RangeError if an invariant does not hold, naming the first bad entry
   */
  toArrays(): CsrArrays {
    return new CsrArrays({
      rows: this.shape[0],
      columns: this.shape[1],
      values: this.values.dataSync<'float32'>(),
      columnIndices: this.columnIndices.dataSync<'int32'>(),
      rowOffsets: this.rowOffsets.dataSync<'int32'>(),
    });
  }

  /** float32, [rows, columns]; no gradient flows through it. */
  toDense(): tf.Tensor2D {
    return tf.tensor2d(this.toArrays().toDense(), [this.shape[0], this.shape[1]]);
  }

  /** The transposed matrix in new tensors. No gradient flows through it. */
  transpose(): CsrMatrix {
    return CsrMatrix.fromArrays(this.toArrays().transpose());
  }

  /** A matrix with other values, float32 [nnz], that shares this one's index tensors. */
  withValues(values: tf.Tensor): CsrMatrix {
    return new CsrMatrix({ ...this, values });
  }

  dispose(): void {
    tf.dispose([this.values, this.columnIndices, this.rowOffsets]);
  }
}

/** @throws TypeError for another dtype; RangeError for another shape */
export function checkSparseTensor(
  op: string,
  name: string,
  tensor: unknown,
  dtype: tf.DataType,
  shape: readonly (number | undefined)[],
): void {
  if (!(tensor instanceof tf.Tensor) || tensor.dtype !== dtype) {
    throw new TypeError(`${op}: ${name} must be a tensor of ${dtype}`);
  }
  if (tensor.shape.join() !== shape.join()) {
    throw new RangeError(`${op}: ${name} must have shape [${shape}], got [${tensor.shape}]`);
  }
}
