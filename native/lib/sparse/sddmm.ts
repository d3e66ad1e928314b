import { checkBoolean } from '../arguments.js';
import { nativeBinding } from '../load.js';
import { checkKeys } from '../value-checks.js';
import { BlockSparseMatrix } from './block-sparse-matrix.js';
import { checkDense } from './checks.js';
import { CsrMatrix } from './csr-matrix.js';
import { EllMatrix } from './ell-matrix.js';
import { NmMatrix } from './nm-matrix.js';
import type { DenseMatrix } from './spmm.js';

export interface SddmmOptions {
  /** Whether a, or b, takes part transposed. Default false. */
  transposeA?: boolean;
  transposeB?: boolean;
  /** Where to write, of the length of the pattern's values. Default: a new array. */
  out?: Float32Array;
}

/**
 * The entries of the dense product a · b at the places a sparse matrix stores, and no others ("sampled dense-dense").
 * With a = xᵀ and b = dy it is the gradient with respect to the values of W in y = x · W. The pattern's own values are
 * not read.
 *
 * @param a dense, [rows of the pattern, inner], or [inner, rows] with transposeA
 * @param b dense, [inner, columns of the pattern], or [columns, inner] with transposeB
 * @returns `out` or a new Float32Array, in the order of the pattern's values; beyond the edges of a matrix of blocks 0.
 * @throws {TypeError | RangeError} for sizes that do not fit, and for a broken pattern (naming the first bad entry).
 */
export function sddmm(
  pattern: CsrMatrix | EllMatrix | NmMatrix | BlockSparseMatrix,
  a: DenseMatrix,
  b: DenseMatrix,
  options: SddmmOptions = {},
): Float32Array {
  checkKeys('sddmm', 'options', options, ['transposeA', 'transposeB', 'out']);
  const { transposeA = false, transposeB = false } = options;
  if (![CsrMatrix, EllMatrix, NmMatrix, BlockSparseMatrix].some((kind) => pattern instanceof kind)) {
    throw new TypeError('sddmm: pattern must be a CsrMatrix, EllMatrix, NmMatrix or BlockSparseMatrix');
  }
  checkBoolean('sddmm', 'transposeA', transposeA);
  checkBoolean('sddmm', 'transposeB', transposeB);
  checkDense('sddmm', 'a.data', a?.data, a);
  checkDense('sddmm', 'b.data', b?.data, b);
  const { rows, columns } = pattern;
  const [aRows, aInner] = transposeA ? [a.columns, a.rows] : [a.rows, a.columns];
  const [bInner, bColumns] = transposeB ? [b.columns, b.rows] : [b.rows, b.columns];
  if (aRows !== rows) throw new RangeError(`sddmm: op(a) must have the pattern's ${rows} rows, got ${aRows}`);
  if (bColumns !== columns) {
    throw new RangeError(`sddmm: op(b) must have the pattern's ${columns} columns, got ${bColumns}`);
  }
  if (aInner !== bInner) {
    throw new RangeError(`sddmm: op(a) must have as many columns as op(b) has rows, got ${aInner} and ${bInner}`);
  }
  const out = options.out ?? new Float32Array(pattern.values.length);
  if (!(out instanceof Float32Array)) throw new TypeError('sddmm: out must be a Float32Array');
  if (out.length !== pattern.values.length)
    throw new RangeError(`sddmm: out must have length ${pattern.values.length}, got ${out.length}`);
  const rest = [aInner, a.data, transposeA, b.data, !transposeB, out] as const;
  if (pattern instanceof BlockSparseMatrix) {
    const { block, columnIndices, rowOffsets } = pattern;
    nativeBinding().sddmmBlock(rows, columns, ...block, columnIndices, rowOffsets, ...rest);
  } else {
    const { columnIndices, rowOffsets } = pattern instanceof CsrMatrix ? pattern : pattern.toCsr();
    nativeBinding().sddmm(rows, columns, columnIndices, rowOffsets, ...rest);
  }
  return out;
}
