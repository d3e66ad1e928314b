import * as tf from '@tensorflow/tfjs';
import { CsrMatrix as CsrArrays, type CsrFields, checkCsr } from '@winnow/native/sparse';

/** The tensors of a sparse matrix by rows. */
export interface CsrTensors {
  /** [rows, columns]. */
  shape: readonly [number, number];
  /** float32, [nnz], row after row; may be a variable. */
  values: tf.Tensor;
  /** int32, [nnz], in [0, columns), rising strictly within a row. */
  columnIndices: tf.Tensor;
  /** int32, [rows + 1]: row r holds the entries rowOffsets[r] to rowOffsets[r + 1] − 1. */
  rowOffsets: tf.Tensor;
}

/**
 * A sparse matrix [rows, columns] of tensors in compressed sparse row form, for `spmm` and `sddmm`. Belongs to whoever makes
 * it: dispose it like a tensor. To train its values hold them in a variable: `matrix.withValues(tf.variable(matrix.values))`.
 */
export class CsrMatrix implements CsrTensors {
  readonly shape: readonly [number, number];
  readonly values: tf.Tensor;
  readonly columnIndices: tf.Tensor;
  readonly rowOffsets: tf.Tensor;

  /**
   * Keeps the tensors. What is in the index tensors is checked in every product.
   * @throws {TypeError} for another dtype, {RangeError} for another shape.
   */
  constructor({ shape, values, columnIndices, rowOffsets }: CsrTensors) {
    checkTensor('values', values, 'float32', columnIndices?.shape?.[0]);
    checkTensor('columnIndices', columnIndices, 'int32', columnIndices?.shape?.[0]);
    checkTensor('rowOffsets', rowOffsets, 'int32', shape[0] + 1);
    this.shape = [shape[0], shape[1]];
    this.values = values;
    this.columnIndices = columnIndices;
    this.rowOffsets = rowOffsets;
  }

  /** How many entries are stored. */
  get nnz(): number {
    return this.values.size;
  }

  /** nnz / (rows · columns), 0 for an empty matrix. */
  get density(): number {
    const size = this.shape[0] * this.shape[1];
    return size === 0 ? 0 : this.nnz / size;
  }

  /**
   * The entries of a matrix that are not zero. Reads the tensor; no gradient flows through it.
   * @param dense float32, [rows, columns]
   * @throws {TypeError | RangeError} if it is not float32 or not of rank 2.
   */
  static fromDense(dense: tf.Tensor | tf.TensorLike): CsrMatrix {
    return withMatrix('CsrMatrix.fromDense', dense, (data, size) => CsrArrays.fromDense(data, size));
  }

  /**
   * The entries of a matrix where a mask is true, zeros among them. Reads the tensors; no gradient flows through it.
   * @param dense float32, [rows, columns]
   * @param mask bool, of the same shape, as `topKMask` gives it
   * @throws {TypeError | RangeError} for another dtype or shape.
   */
  static fromMask(dense: tf.Tensor | tf.TensorLike, mask: tf.Tensor): CsrMatrix {
    const op = 'CsrMatrix.fromMask';
    if (!(mask instanceof tf.Tensor) || mask.dtype !== 'bool') throw new TypeError(`${op}: mask must be a bool tensor`);
    return withMatrix(op, dense, (data, size) => {
      if (mask.shape.join() !== `${size.rows},${size.columns}`) {
        throw new RangeError(`${op}: mask must have shape [${size.rows}, ${size.columns}], got [${mask.shape}]`);
      }
      return CsrArrays.fromMask(data, Uint8Array.from(mask.dataSync()), size);
    });
  }

  /**
   * Tensors with copies of a matrix's arrays.
   * @throws {TypeError | RangeError} if an invariant does not hold; the message names the first bad entry.
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
   * @throws {RangeError} if an invariant does not hold; the message names the first bad entry.
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

  /** The transposed matrix, of new tensors; no gradient flows through it. */
  transpose(): CsrMatrix {
    return CsrMatrix.fromArrays(this.toArrays().transpose());
  }

  /** The same pattern, whose tensors it shares, with other values: float32, [nnz]. */
  withValues(values: tf.Tensor): CsrMatrix {
    return new CsrMatrix({ ...this, values });
  }

  dispose(): void {
    tf.dispose([this.values, this.columnIndices, this.rowOffsets]);
  }
}

function checkTensor(name: string, tensor: unknown, dtype: tf.DataType, length: number | undefined): void {
  if (!(tensor instanceof tf.Tensor) || tensor.dtype !== dtype) {
    throw new TypeError(`CsrMatrix: ${name} must be a tensor of ${dtype}`);
  }
  if (tensor.rank !== 1 || tensor.shape[0] !== length) {
    throw new RangeError(`CsrMatrix: ${name} must have shape [${length}], got [${tensor.shape}]`);
  }
}

function withMatrix(
  op: string,
  dense: tf.Tensor | tf.TensorLike,
  make: (data: Float32Array, size: { rows: number; columns: number }) => CsrArrays,
): CsrMatrix {
  return CsrMatrix.fromArrays(
    tf.tidy(() => {
      const tensor = dense instanceof tf.Tensor ? dense : tf.tensor(dense as number[][], undefined, 'float32');
      if (tensor.dtype !== 'float32') throw new TypeError(`${op}: dense must be float32, got ${tensor.dtype}`);
      if (tensor.rank !== 2) throw new RangeError(`${op}: dense must have rank 2, got ${tensor.rank}`);
      const [rows, columns] = tensor.shape as [number, number];
      return make(tensor.dataSync<'float32'>(), { rows, columns }) as unknown as tf.TensorContainer;
    }) as unknown as CsrArrays,
  );
}
