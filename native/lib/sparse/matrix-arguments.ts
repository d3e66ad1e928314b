import type { NativeBlocks, NativeCsr, NativeNm } from '../binding.js';
import type { BlockSparseMatrix } from './block-sparse-matrix.js';
import type { CsrMatrix } from './csr-matrix.js';
import { NmMatrix } from './nm-matrix.js';

/** A matrix as the addon's functions take it. */
export function matrixArguments(matrix: CsrMatrix): NativeCsr;
export function matrixArguments(matrix: NmMatrix): NativeNm;
export function matrixArguments(matrix: BlockSparseMatrix): NativeBlocks;
export function matrixArguments(matrix: CsrMatrix | NmMatrix | BlockSparseMatrix): NativeCsr | NativeNm | NativeBlocks {
  const { rows, columns, values } = matrix;
  if (matrix instanceof NmMatrix) return [rows, columns, matrix.n, matrix.m, values, matrix.positions];
  const { columnIndices, rowOffsets } = matrix;
  if ('block' in matrix) return [rows, columns, ...matrix.block, values, matrix.columnIndices, rowOffsets];
  return [rows, columns, values, columnIndices, rowOffsets];
}
