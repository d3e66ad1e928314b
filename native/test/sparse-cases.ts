import { readFileSync } from 'node:fs';
import { CsrMatrix } from '@winnow/native/sparse';

interface Arrays {
  values: number[];
  columnIndices: number[];
  rowOffsets: number[];
}

/** A case of golden/sparse.json; make_sparse_golden.py says what is what. */
export interface SparseCase extends Arrays {
  name: string;
  rows: number;
  columns: number;
  tokens: number;
  dense: number[];
  transposed: Arrays;
  right: number[];
  left: number[];
  rowBias: number[];
  columnBias: number[];
  sparseTimesDense: number[];
  sparseTimesDenseBiasRelu: number[];
  denseTimesSparse: number[];
  denseTimesSparseBiasRelu: number[];
  sampled: number[];
}

export const sparseCases = JSON.parse(
  readFileSync(new URL('golden/sparse.json', import.meta.url), 'utf8'),
) as SparseCase[];

export function sparseMatrix({ rows, columns, values, columnIndices, rowOffsets }: SparseCase): CsrMatrix {
  return new CsrMatrix({
    rows,
    columns,
    values: Float32Array.from(values),
    columnIndices: Int32Array.from(columnIndices),
    rowOffsets: Int32Array.from(rowOffsets),
  });
}

/** A row-major matrix's transposed one. */
export function transposed(data: readonly number[], rows: number, columns: number): number[] {
  return Array.from({ length: data.length }, (_, i) => data[(i % rows) * columns + Math.floor(i / rows)]!);
}
