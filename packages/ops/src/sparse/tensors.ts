import type * as tf from '@tensorflow/tfjs';
import { BlockSparseMatrix } from './block-sparse-matrix.js';
import { CsrMatrix } from './csr-matrix.js';
import { EllMatrix } from './ell-matrix.js';
import { NmMatrix } from './nm-matrix.js';
import { SparsePlan } from './sparse-plan.js';

/** The sparse operand of a product. */
export type SparseMatrix = CsrMatrix | EllMatrix | NmMatrix | BlockSparseMatrix;

/** A sparse matrix as the kernels take it. Blocks of 1×1 become single entries. */
export interface SparseTensors {
  shape: readonly [number, number];
  /** Undefined for single entries. */
  block: readonly [number, number] | undefined;
  values: tf.Tensor;
  columnIndices: tf.Tensor;
  rowOffsets: tf.Tensor;
  /** TensorFlow's plans, with rows and with columns as units. */
  plans: readonly [byRows: tf.Tensor, byColumns: tf.Tensor] | undefined;
}

export function isSparse(operand: unknown): operand is SparseMatrix | SparsePlan {
  return [CsrMatrix, EllMatrix, NmMatrix, BlockSparseMatrix, SparsePlan].some((kind) => operand instanceof kind);
}

export function sparseTensors(operand: SparseMatrix | SparsePlan): SparseTensors {
  const matrix = operand instanceof SparsePlan ? operand.matrix : operand;
  const { shape, values, columnIndices, rowOffsets } = matrix;
  return {
    shape,
    block: matrix instanceof BlockSparseMatrix ? matrix.block : undefined,
    values,
    columnIndices,
    rowOffsets,
    plans: operand instanceof SparsePlan ? operand.tensors() : undefined,
  };
}
