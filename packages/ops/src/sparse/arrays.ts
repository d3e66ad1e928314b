import type * as tf from '@tensorflow/tfjs';
import { BlockSparseMatrix, type CsrFields, checkBlocks, checkCsr } from '@winnow/native/sparse';
import { type CpuBackend, floatValues } from '../backends.js';

/** How to read the sparse matrix among a kernel's inputs. */
export interface SparseLayout {
  rows: number;
  columns: number;
  /** Rows and columns of its blocks; undefined for single entries. */
  block: readonly [number, number] | undefined;
}

/**
 * Reads and checks the sparse matrix among a kernel's inputs on backend `cpu`. Without `values` its values are zero.
 *
 * @returns the matrix by entries; for a block matrix also the index of each entry's value
 * @throws RangeError if an invariant does not hold, naming the first bad entry
 */
export function sparseArrays(
  op: string,
  backend: CpuBackend,
  inputs: tf.NamedTensorInfoMap,
  { rows, columns, block }: SparseLayout,
): { matrix: CsrFields; sources?: Int32Array } {
  const integers = (name: string) =>
    backend.data.get((inputs[name] as tf.TensorInfo).dataId).values as unknown as Int32Array;
  const [columnIndices, rowOffsets] = [integers('columnIndices'), integers('rowOffsets')];
  const size = columnIndices.length * (block === undefined ? 1 : block[0] * block[1]);
  const values = inputs['values'] ? floatValues(backend, inputs['values']) : new Float32Array(size);
  if (block === undefined) {
    const matrix = { rows: rowOffsets.length - 1, columns, values, columnIndices, rowOffsets };
    checkCsr(op, matrix);
    return { matrix };
  }
  const fields = { rows, columns, block, values, columnIndices, rowOffsets };
  checkBlocks(op, fields);
  return new BlockSparseMatrix(fields).expand();
}
