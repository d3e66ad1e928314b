import * as tf from '@tensorflow/tfjs';
import { EllMatrix as EllArrays, type EllFields } from '@winnow/native/sparse';
import { CsrMatrix, checkSparseTensor } from './csr-matrix.js';
import { readDense, readMask } from './read-dense.js';

/** The tensors of a matrix with the same number of entries in every row. */
export interface EllTensors {
  /** [rows, columns]. */
  shape: readonly [number, number];
  /** float32, [rows · width], row by row; may be a variable. */
  values: tf.Tensor;
  /** int32, [rows · width], in [0, columns), strictly ascending within a row. */
  columnIndices: tf.Tensor;
}

/**
 * A sparse matrix [rows, columns] with `width` entries in every row, held in tensors. Targeted dropout and `topKMask`
 * leave the same number of weights in every column of a kernel [fanIn, units], so its transpose [units, fanIn] has this
 * form (see `fromKernel`). Dispose it like a tensor.
 */
export class EllMatrix implements EllTensors {
  readonly shape: readonly [number, number];
  /** Entries per row; 0 if there are no rows. */
  readonly width: number;
  readonly values: tf.Tensor;
  readonly columnIndices: tf.Tensor;
  /** int32, [rows + 1]: multiples of the width, made by the constructor. */
  readonly rowOffsets: tf.Tensor;

  /**
   * Takes the tensors without copying. Every product checks the contents of the index tensor.
   *
   * @throws TypeError for another dtype; RangeError for another shape
   */
  constructor({ shape, values, columnIndices }: EllTensors, rowOffsets?: tf.Tensor) {
    const [rows, columns] = shape;
    const count = columnIndices?.shape?.[0] ?? 0;
    const width = rows > 0 ? count / rows : 0;
    if (!Number.isInteger(width) || (rows === 0 && count > 0)) {
      throw new RangeError(`EllMatrix: columnIndices must have a multiple of rows = ${rows} entries, got ${count}`);
    }
    checkSparseTensor('EllMatrix', 'values', values, 'float32', [count]);
    checkSparseTensor('EllMatrix', 'columnIndices', columnIndices, 'int32', [count]);
    this.shape = [rows, columns];
    this.width = width;
    this.values = values;
    this.columnIndices = columnIndices;
    this.rowOffsets =
      rowOffsets ??
      tf.tensor1d(
        Int32Array.from({ length: rows + 1 }, (_, row) => row * width),
        'int32',
      );
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
   * The transpose [units, fanIn] of a kernel [fanIn, units] with constant fan-in. Reads the tensors; no gradient flows
   * through them.
   *
   * @param mask bool, of the kernel's shape; default: the nonzero weights
   * @throws TypeError or RangeError for another dtype or shape, or if columns keep different numbers of weights
   */
  static fromKernel(kernel: tf.Tensor | tf.TensorLike, mask?: tf.Tensor): EllMatrix {
    const op = 'EllMatrix.fromKernel';
    const { data, rows: fanIn, columns: units } = readDense(op, 'kernel', kernel);
    const bytes = mask === undefined ? {} : { mask: readMask(op, mask, fanIn, units) };
    return EllMatrix.fromArrays(EllArrays.fromKernel(data, { fanIn, units, ...bytes }));
  }

  /**
   * Copies a matrix's arrays into new tensors.
   *
   * @throws TypeError or RangeError if an invariant does not hold, naming the first bad entry
   */
  static fromArrays(fields: EllFields): EllMatrix {
    const { rows, columns, values, columnIndices } = fields instanceof EllArrays ? fields : new EllArrays(fields);
    return new EllMatrix({
      shape: [rows, columns],
      values: tf.tensor1d(values.slice(), 'float32'),
      columnIndices: tf.tensor1d(Int32Array.from(columnIndices), 'int32'),
    });
  }

  /**
   * The matrix as plain arrays.
   *
   * @throws RangeError if an invariant does not hold, naming the first bad entry
   */
  toArrays(): EllArrays {
    return new EllArrays({
      rows: this.shape[0],
      columns: this.shape[1],
      values: this.values.dataSync<'float32'>(),
      columnIndices: this.columnIndices.dataSync<'int32'>(),
    });
  }

  /** The same matrix as CSR, sharing its tensors. */
  toCsr(): CsrMatrix {
    return new CsrMatrix(this);
  }

  /** float32, [rows, columns]; no gradient flows through it. */
  toDense(): tf.Tensor2D {
    return this.toCsr().toDense();
  }

  /** The transposed matrix in new tensors. Its rows may differ in length. No gradient flows through it. */
  transpose(): CsrMatrix {
    return this.toCsr().transpose();
  }

  /** A matrix with other values, float32 [rows · width], that shares this one's index tensors. */
  withValues(values: tf.Tensor): EllMatrix {
    return new EllMatrix({ shape: this.shape, columnIndices: this.columnIndices, values }, this.rowOffsets);
  }

  dispose(): void {
    tf.dispose([this.values, this.columnIndices, this.rowOffsets]);
  }
}
