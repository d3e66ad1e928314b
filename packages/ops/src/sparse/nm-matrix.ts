import * as tf from '@tensorflow/tfjs';
import { NmMatrix as NmArrays, type NmFields, type NmRatio } from '@winnow/native/sparse';
import { CsrMatrix, checkSparseTensor } from './csr-matrix.js';
import { readDense, readMask } from './read-dense.js';

/** The tensors of an N:M matrix. */
interface NmTensors {
  shape: readonly [number, number];
  n: number;
  m: number;
  values: tf.Tensor;
  columnIndices: tf.Tensor;
  rowOffsets: tf.Tensor;
}

/**
 * A sparse matrix [rows, columns] with n entries in every m consecutive columns of a row (such as 2:4), held in
 * tensors. The last g < m columns of a row have ⌈g · n / m⌉. The pattern '2:4' of `topKMask` runs along the fan-in, so
 * the transpose [units, fanIn] of such a kernel has this form (see `fromKernel`). Products read it through column
 * indices, which are stored with the values. Dispose it like a tensor.
 */
export class NmMatrix {
  readonly shape: readonly [number, number];
  readonly n: number;
  readonly m: number;
  /** float32, [rows · width], row by row; may be a variable. */
  readonly values: tf.Tensor;
  /** int32, [rows · width]: columns of the entries. */
  readonly columnIndices: tf.Tensor;
  /** int32, [rows + 1]. */
  readonly rowOffsets: tf.Tensor;

  private constructor(tensors: NmTensors) {
    checkSparseTensor('NmMatrix', 'values', tensors.values, 'float32', tensors.columnIndices.shape);
    this.shape = tensors.shape;
    this.n = tensors.n;
    this.m = tensors.m;
    this.values = tensors.values;
    this.columnIndices = tensors.columnIndices;
    this.rowOffsets = tensors.rowOffsets;
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
   * The nonzero values, filled up with zeros where a group has fewer than n. Reads the tensor; no gradient flows
   * through it.
   *
   * @param dense float32, [rows, columns]
   * @throws TypeError or RangeError for another dtype or rank, or naming the first group with too many nonzero values
   */
  static fromDense(dense: tf.Tensor | tf.TensorLike, ratio: NmRatio = {}): NmMatrix {
    const { data, rows, columns } = readDense('NmMatrix.fromDense', 'dense', dense);
    return NmMatrix.fromArrays(NmArrays.fromDense(data, { rows, columns, ...ratio }));
  }

  /**
   * The entries where a mask is true, including zeros. The mask must keep exactly n of every m.
   *
   * @param dense float32, [rows, columns]
   * @param mask bool, of the same shape
   * @throws TypeError or RangeError for another dtype or shape, or naming the first group with another number of
   *   entries
   */
  static fromMask(dense: tf.Tensor | tf.TensorLike, mask: tf.Tensor, ratio: NmRatio = {}): NmMatrix {
    const op = 'NmMatrix.fromMask';
    const { data, rows, columns } = readDense(op, 'dense', dense);
    return NmMatrix.fromArrays(NmArrays.fromMask(data, readMask(op, mask, rows, columns), { rows, columns, ...ratio }));
  }

  /**
   * The transpose [units, fanIn] of a kernel [fanIn, units] that keeps n of every m rows in each column.
   *
   * @param mask bool, of the kernel's shape, as returned by `topKMask` with the pattern '2:4'; default: the nonzero
   *   weights
   * @throws TypeError or RangeError like `fromDense`, or with a mask like `fromMask`, for the transposed kernel
   */
  static fromKernel(kernel: tf.Tensor | tf.TensorLike, mask?: tf.Tensor, ratio: NmRatio = {}): NmMatrix {
    const op = 'NmMatrix.fromKernel';
    const { data, rows: fanIn, columns: units } = readDense(op, 'kernel', kernel);
    const bytes = mask === undefined ? {} : { mask: readMask(op, mask, fanIn, units) };
    return NmMatrix.fromArrays(NmArrays.fromKernel(data, { fanIn, units, ...bytes, ...ratio }));
  }

  /**
   * Copies a matrix's arrays into new tensors.
   *
   * @throws TypeError or RangeError if an invariant does not hold, naming the first bad entry
   */
  static fromArrays(fields: NmFields): NmMatrix {
    const arrays = fields instanceof NmArrays ? fields : new NmArrays(fields);
    const csr = arrays.toCsr();
    return new NmMatrix({
      shape: [arrays.rows, arrays.columns],
      n: arrays.n,
      m: arrays.m,
      values: tf.tensor1d(csr.values.slice(), 'float32'),
      columnIndices: tf.tensor1d(Int32Array.from(csr.columnIndices), 'int32'),
      rowOffsets: tf.tensor1d(csr.rowOffsets, 'int32'),
    });
  }

  /** The matrix as plain arrays. */
  toArrays(): NmArrays {
    const { n, m } = this;
    const positions = Uint8Array.from(this.columnIndices.dataSync<'int32'>(), (column) => column % m);
    const [rows, columns] = this.shape;
    return new NmArrays({ rows, columns, n, m, values: this.values.dataSync<'float32'>(), positions });
  }

  /** The same matrix as CSR, sharing its tensors. */
  toCsr(): CsrMatrix {
    return new CsrMatrix(this);
  }

  /** float32, [rows, columns]; no gradient flows through it. */
  toDense(): tf.Tensor2D {
    return this.toCsr().toDense();
  }

  /** The transposed matrix in new tensors. It may not be N:M. No gradient flows through it. */
  transpose(): CsrMatrix {
    return this.toCsr().transpose();
  }

  /** A matrix with other values, float32 [rows · width], that shares this one's index tensors. */
  withValues(values: tf.Tensor): NmMatrix {
    return new NmMatrix({ ...this, values });
  }

  dispose(): void {
    tf.dispose([this.values, this.columnIndices, this.rowOffsets]);
  }
}
