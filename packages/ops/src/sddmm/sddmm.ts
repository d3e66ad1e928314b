import * as tf from '@tensorflow/tfjs';
import { checkKeys } from '../arguments.js';
import { runKernel } from '../run-kernel.js';
import { checkFlag, matrixOperand } from '../sparse/operands.js';
import type { SparsePlan } from '../sparse/sparse-plan.js';
import { isSparse, type SparseMatrix, type SparseTensors, sparseTensors } from '../sparse/tensors.js';

/** Name of the kernel in tfjs's registry and of the operation in TensorFlow. */
export const SDDMM = 'WinnowSddmm';

/** Options of `sddmm`. */
export interface SddmmOptions {
  /** Whether to transpose a, or b. Default false. */
  transposeA?: boolean;
  transposeB?: boolean;
}

/**
 * Attributes of the registered kernel: values[p] = Σ rowInput[token, row of p] · columnInput[token, column of p]. The
 * inputs are [tokens, …] if tokensOuter, otherwise […, tokens].
 */
export interface SddmmAttributes {
  /** Of the pattern. */
  rows: number;
  columns: number;
  /** Rows and columns of its blocks; undefined for single entries. */
  block: readonly [number, number] | undefined;
  rowTokensOuter: boolean;
  columnTokensOuter: boolean;
}

/**
 * The entries of the dense product a · b at the positions that a sparse matrix stores ("sampled dense-dense matrix
 * multiplication"). With a = xᵀ and b = dy, it is the gradient of the values of W in y = x · W. The pattern's values
 * are not read. The order of summation is fixed (see native/src/ops/sddmm/sddmm.h); backends agree within rounding.
 * Differentiable with respect to a and b.
 *
 * @param a float32, [rows of the pattern, inner], or [inner, rows] with transposeA
 * @param b float32, [inner, columns of the pattern], or [columns, inner] with transposeB
 * @returns float32 tensor of the shape of the pattern's values; 0 where a block extends past the matrix
 * @throws RangeError for sizes that do not match and for invalid index tensors, naming the first bad entry
 * @throws TypeError for a pattern that is not a sparse matrix, or operands that are not float32
 */
export function sddmm(
  pattern: SparseMatrix | SparsePlan,
  a: tf.Tensor | tf.TensorLike,
  b: tf.Tensor | tf.TensorLike,
  options: SddmmOptions = {},
): tf.Tensor {
  const op = 'sddmm';
  checkKeys(op, 'options', options, ['transposeA', 'transposeB']);
  if (!isSparse(pattern)) throw new TypeError(`${op}: pattern must be a sparse matrix`);
  const sparse = sparseTensors(pattern);
  const rowTokensOuter = checkFlag(op, 'transposeA', options.transposeA);
  const columnTokensOuter = !checkFlag(op, 'transposeB', options.transposeB);
  return tf.tidy(() => {
    const [$a, $b] = [matrixOperand(op, 'a', a), matrixOperand(op, 'b', b)];
    const [rows, columns] = sparse.shape;
    const [aInner, aRows] = rowTokensOuter ? $a.shape : [$a.shape[1], $a.shape[0]];
    const [bInner, bColumns] = columnTokensOuter ? $b.shape : [$b.shape[1], $b.shape[0]];
    if (aRows !== rows) throw new RangeError(`${op}: op(a) must have the pattern's ${rows} rows, got ${aRows}`);
    if (bColumns !== columns) {
      throw new RangeError(`${op}: op(b) must have the pattern's ${columns} columns, got ${bColumns}`);
    }
    if (aInner !== bInner) {
      throw new RangeError(`${op}: op(a) must have as many columns as op(b) has rows, got ${aInner} and ${bInner}`);
    }
    const side = (tensor: tf.Tensor, tokensOuter: boolean): TokenTensor => ({ tensor, tokensOuter });
    return runSddmm(sparse, side($a, rowTokensOuter), side($b, columnTokensOuter));
  });
}

/** A dense matrix of tokens: [tokens, channels] if tokensOuter, otherwise [channels, tokens]. */
export interface TokenTensor {
  tensor: tf.Tensor;
  tokensOuter: boolean;
}

/** Runs the kernel. */
export function runSddmm(
  { shape, block, columnIndices, rowOffsets }: Omit<SparseTensors, 'values' | 'plans'>,
  row: TokenTensor,
  column: TokenTensor,
): tf.Tensor {
  const inputs = { columnIndices, rowOffsets, rowInput: row.tensor, columnInput: column.tensor };
  const attributes: SddmmAttributes = {
    rows: shape[0],
    columns: shape[1],
    block,
    rowTokensOuter: row.tokensOuter,
    columnTokensOuter: column.tokensOuter,
  };
  return runKernel(SDDMM, inputs, attributes) as tf.Tensor;
}
