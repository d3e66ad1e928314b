import * as tf from '@tensorflow/tfjs';
import { BlockSparseMatrix as BlockArrays, type BlockFields, type BlockShape } from '@winnow/native/sparse';
import { checkSparseTensor } from './csr-matrix.js';
import { readDense, readMask } from './read-dense.js';

/** The tensors of a block matrix. */
export interface BlockTensors {
  /** [rows, columns]. */
  shape: readonly [number, number];
  /** Rows and columns of every block. */
  block: BlockShape;
  /** float32, [blocks, ...block]; may be a variable. Values past the matrix's edges are not read. */
  values: tf.Tensor;
  /** int32, [blocks], in units of blocks, strictly ascending within a row of blocks. */
  columnIndices: tf.Tensor;
  /** int32, [⌈rows / block[0]⌉ + 1]. */
  rowOffsets: tf.Tensor;
}

/**
 * A sparse matrix [rows, columns] of dense blocks (BSR), held in tensors. `topKMask` with the pattern `{block: [r, c]}`
 * leaves a kernel in this form. Dispose it like a tensor.
 */
export class BlockSparseMatrix implements BlockTensors {
  readonly shape: readonly [number, number];
  readonly block: BlockShape;
  readonly values: tf.Tensor;
  readonly columnIndices: tf.Tensor;
  readonly rowOffsets: tf.Tensor;

  /**
   * Takes the tensors without copying. Every product checks the contents of the index tensors.
   *
   * @throws TypeError for another dtype; RangeError for another shape
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

  /** Number of stored blocks. */
  get blocks(): number {
    return this.columnIndices.size;
  }

  /** Stored blocks / all blocks; 0 for an empty matrix. */
  get density(): number {
    const all = Math.ceil(this.shape[0] / this.block[0]) * Math.ceil(this.shape[1] / this.block[1]);
    return all === 0 ? 0 : this.blocks / all;
  }

  /**
   * The blocks that hold a nonzero value. Reads the tensor; no gradient flows through it.
   *
   * @param dense float32, [rows, columns]
   * @throws TypeError or RangeError for another dtype or rank, or a block that is not two integers ≥ 1
   */
  static fromDense(dense: tf.Tensor | tf.TensorLike, block: BlockShape): BlockSparseMatrix {
    const { data, rows, columns } = readDense('BlockSparseMatrix.fromDense', 'dense', dense);
    return BlockSparseMatrix.fromArrays(BlockArrays.fromDense(data, { rows, columns, block }));
  }

  /**
   * The blocks that a mask keeps. Reads the tensors; no gradient flows through them.
   *
   * @param dense float32, [rows, columns]
   * @param mask bool, of the same shape, as returned by `topKMask`
   * @throws TypeError or RangeError for another dtype or shape, or naming the first block that is only partly kept
   */
  static fromMask(dense: tf.Tensor | tf.TensorLike, mask: tf.Tensor, block: BlockShape): BlockSparseMatrix {
    const op = 'BlockSparseMatrix.fromMask';
    const { data, rows, columns } = readDense(op, 'dense', dense);
    const bytes = readMask(op, mask, rows, columns);
    return BlockSparseMatrix.fromArrays(BlockArrays.fromMask(data, bytes, { rows, columns, block }));
  }

  /**
   * Copies a matrix's arrays into new tensors.
   *
   * @throws TypeError or RangeError if an invariant does not hold, naming the first bad entry
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
   *
   * @throws RangeError if an invariant does not hold, naming the first bad entry
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

  /** The transposed matrix, with blocks [c, r], in new tensors. No gradient flows through it. */
  transpose(): BlockSparseMatrix {
    return BlockSparseMatrix.fromArrays(this.toArrays().transpose());
  }

  /** A matrix with other values, float32 [blocks, ...block], that shares this one's index tensors. */
  withValues(values: tf.Tensor): BlockSparseMatrix {
    return new BlockSparseMatrix({ ...this, values });
  }

  dispose(): void {
    tf.dispose([this.values, this.columnIndices, this.rowOffsets]);
  }
}
