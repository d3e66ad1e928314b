import * as tf from '@tensorflow/tfjs';
import { BlockSparseMatrix as BlockArrays, type BlockFields, type BlockShape } from '@winnow/native/sparse';
import { checkSparseTensor } from './csr-matrix.js';
import { readDense, readMask } from './read-dense.js';

/** The tensors of a matrix of blocks. */
export interface BlockTensors {
  /** [rows, columns]. */
  shape: readonly [number, number];
  /** Rows and columns of every block. */
  block: BlockShape;
  /** float32, [blocks, ...block]; may be a variable. What lies beyond the matrix's edges is not read. */
  values: tf.Tensor;
  /** int32, [blocks], counted in blocks, rising strictly within a row of blocks. */
  columnIndices: tf.Tensor;
  /** int32, [⌈rows / block[0]⌉ + 1]. */
  rowOffsets: tf.Tensor;
}

/**
 * A sparse matrix [rows, columns] of tensors, of dense blocks (BSR): what the pattern `{block: [r, c]}` of `topKMask` leaves of a
 * kernel. Belongs to whoever makes it, as a tensor does.
 */
export class BlockSparseMatrix implements BlockTensors {
  readonly shape: readonly [number, number];
  readonly block: BlockShape;
  readonly values: tf.Tensor;
  readonly columnIndices: tf.Tensor;
  readonly rowOffsets: tf.Tensor;

  /**
   * Keeps the tensors. What is in the index tensors is checked in every product.
   * @throws {TypeError} for another dtype, {RangeError} for another shape.
   */
  constructor({ shape, block, values, columnIndices, rowOffsets }: BlockTensors) {
    const blocks = columnIndices?.shape?.[0] ?? 0;
    checkSparseTensor('BlockSparseMatrix', 'values', values, 'float32', [blocks, ...block]);
    checkSparseTensor('BlockSparseMatrix', 'columnIndices', columnIndices, 'int32', [blocks]);
    const offsets = Math.ceil(shape[0] / block[0]) + 1;
    checkSparseTensor('BlockSparseMatrix', 'rowOffsets', rowOffsets, 'int32', [offsets]);
    this.shape = [shape[0], shape[1]];
    this.block = [block[0], block[1]];
    this.values = values;
    this.columnIndices = columnIndices;
    this.rowOffsets = rowOffsets;
  }

  /** How many blocks are stored. */
  get blocks(): number {
    return this.columnIndices.size;
  }

  /** blocks / all blocks of the matrix, 0 for an empty matrix. */
  get density(): number {
    const all = Math.ceil(this.shape[0] / this.block[0]) * Math.ceil(this.shape[1] / this.block[1]);
    return all === 0 ? 0 : this.blocks / all;
  }

  /**
   * The blocks of a matrix that hold a value other than 0. Reads the tensor; no gradient flows through it.
   * @param dense float32, [rows, columns]
   * @throws {TypeError | RangeError} for another dtype or rank, or a block that is not two integers from 1 on.
   */
  static fromDense(dense: tf.Tensor | tf.TensorLike, block: BlockShape): BlockSparseMatrix {
    const { data, rows, columns } = readDense('BlockSparseMatrix.fromDense', 'dense', dense);
    return BlockSparseMatrix.fromArrays(BlockArrays.fromDense(data, { rows, columns, block }));
  }

  /**
   * The blocks that a mask keeps, each whole. Reads the tensors; no gradient flows through it.
   * @param dense float32, [rows, columns]
   * @param mask bool, of the same shape, as `topKMask` gives it
   * @throws {TypeError | RangeError} for another dtype or shape, or naming the first block that is kept in part.
   */
  static fromMask(dense: tf.Tensor | tf.TensorLike, mask: tf.Tensor, block: BlockShape): BlockSparseMatrix {
    const op = 'BlockSparseMatrix.fromMask';
    const { data, rows, columns } = readDense(op, 'dense', dense);
    const bytes = readMask(op, mask, rows, columns);
    return BlockSparseMatrix.fromArrays(BlockArrays.fromMask(data, bytes, { rows, columns, block }));
  }

  /**
   * Tensors with copies of a matrix's arrays.
   * @throws {TypeError | RangeError} if an invariant does not hold; the message names the first bad entry.
   */
  static fromArrays(fields: BlockFields): BlockSparseMatrix {
    const { rows, columns, block, values, columnIndices, rowOffsets } =
      fields instanceof BlockArrays ? fields : new BlockArrays(fields);
    return new BlockSparseMatrix({
      shape: [rows, columns],
      block,
      values: tf.tensor3d(values.slice(), [columnIndices.length, block[0], block[1]], 'float32'),
      columnIndices: tf.tensor1d(columnIndices.slice(), 'int32'),
      rowOffsets: tf.tensor1d(rowOffsets.slice(), 'int32'),
    });
  }

  /**
   * The matrix as plain arrays.
   * @throws {RangeError} if an invariant does not hold; the message names the first bad entry.
   */
  toArrays(): BlockArrays {
    return new BlockArrays({
      rows: this.shape[0],
      columns: this.shape[1],
      block: this.block,
      values: this.values.dataSync<'float32'>(),
      columnIndices: this.columnIndices.dataSync<'int32'>(),
      rowOffsets: this.rowOffsets.dataSync<'int32'>(),
    });
  }

  /** float32, [rows, columns]; no gradient flows through it. */
  toDense(): tf.Tensor2D {
    return tf.tensor2d(this.toArrays().toDense(), [this.shape[0], this.shape[1]]);
  }

  /** The transposed matrix of blocks [c, r], of new tensors; no gradient flows through it. */
  transpose(): BlockSparseMatrix {
    return BlockSparseMatrix.fromArrays(this.toArrays().transpose());
  }

  /** The same pattern, whose tensors it shares, with other values: float32, [blocks, ...block]. */
  withValues(values: tf.Tensor): BlockSparseMatrix {
    return new BlockSparseMatrix({ ...this, values });
  }

  dispose(): void {
    tf.dispose([this.values, this.columnIndices, this.rowOffsets]);
  }
}
