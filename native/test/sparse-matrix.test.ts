import { CsrMatrix, EllMatrix } from '@winnow/native/sparse';
import { describe, expect, it } from 'vitest';
import { sparseCases } from './sparse-cases.js';

const good = {
  rows: 3,
  columns: 4,
  values: Float32Array.of(1, 2, 3, 4, 5),
  columnIndices: Int32Array.of(0, 2, 1, 2, 3),
  rowOffsets: Int32Array.of(0, 2, 2, 5),
};

describe('CsrMatrix', () => {
  for (const golden of sparseCases) {
    it(`equals SciPy: ${golden.name}`, () => {
      const { rows, columns } = golden;
      const dense = Float32Array.from(golden.dense);
      for (const indexType of ['int32', 'uint16'] as const) {
        const matrix = CsrMatrix.fromDense(dense, { rows, columns, indexType });
        expect(Array.from(matrix.values)).toEqual(golden.values);
        expect(Array.from(matrix.columnIndices)).toEqual(golden.columnIndices);
        expect(Array.from(matrix.rowOffsets)).toEqual(golden.rowOffsets);
        expect(matrix.columnIndices).toBeInstanceOf(indexType === 'uint16' ? Uint16Array : Int32Array);
        expect(Array.from(matrix.toDense(), (x) => x + 0)).toEqual(golden.dense.map((x) => x + 0));
        const transposed = matrix.transpose();
        expect([transposed.rows, transposed.columns]).toEqual([columns, rows]);
        expect(Array.from(transposed.values)).toEqual(golden.transposed.values);
        expect(Array.from(transposed.columnIndices)).toEqual(golden.transposed.columnIndices);
        expect(Array.from(transposed.rowOffsets)).toEqual(golden.transposed.rowOffsets);
        expect(transposed.transpose()).toEqual(matrix);
      }
    });
  }

  it('keeps what a mask keeps, zeros too', () => {
    const matrix = CsrMatrix.fromMask(Float32Array.of(0, 1, 2, 3), Uint8Array.of(1, 0, 0, 7), { rows: 2, columns: 2 });
    expect(matrix.values).toEqual(Float32Array.of(0, 3));
    expect(matrix.columnIndices).toEqual(Int32Array.of(0, 1));
    expect(matrix.density).toBe(0.5);
  });

  it('keeps NaN and shares its arrays', () => {
    const matrix = CsrMatrix.fromDense(Float32Array.of(Number.NaN, -0), { rows: 1, columns: 2 });
    expect(matrix.nnz).toBe(1);
    expect(new CsrMatrix(good).values).toBe(good.values);
  });

  it.each([
    [{ columnIndices: Int32Array.of(0, 2, 1, 2, 600) }, RangeError, 'columnIndices[4] must be in [0, 4), got 600'],
    [{ columnIndices: Int32Array.of(-1, 2, 1, 2, 600) }, RangeError, 'columnIndices[0] must be in [0, 4), got -1'],
    [
      { columnIndices: Uint16Array.of(0, 2, 1, 1, 3) },
      RangeError,
      'columnIndices[3] must be greater than columnIndices[2] = 1 in the same row 2, got 1',
    ],
    [{ rowOffsets: Int32Array.of(1, 2, 2, 5) }, RangeError, 'rowOffsets[0] must be 0, got 1'],
    [{ rowOffsets: Int32Array.of(0, 2, 1, 5) }, RangeError, 'rowOffsets[2] must be at least rowOffsets[1] = 2, got 1'],
    [
      { rowOffsets: Int32Array.of(0, 2, 9, 5) },
      RangeError,
      'rowOffsets[2] must be at most the number of entries 5, got 9',
    ],
    [{ rowOffsets: Int32Array.of(0, 2, 2, 4) }, RangeError, 'rowOffsets[3] must be the number of entries 5, got 4'],
    [{ rowOffsets: Int32Array.of(0, 5) }, RangeError, 'rowOffsets must have length rows + 1 = 4, got 2'],
    [{ columnIndices: Int32Array.of(0) }, RangeError, 'columnIndices must have as many entries as values, 5, got 1'],
    [{ values: [1] }, TypeError, 'values must be a Float32Array'],
    [{ columnIndices: new Float32Array(5) }, TypeError, 'columnIndices must be an Int32Array or a Uint16Array'],
    [{ rowOffsets: new Uint32Array(4) }, TypeError, 'rowOffsets must be an Int32Array'],
    [{ rows: -1 }, RangeError, 'rows must be an integer in [0, 67108864], got -1'],
    [{ columns: 1.5 }, RangeError, 'columns must be an integer in [0, 67108864], got 1.5'],
  ])('refuses %j', (wrong, type, message) => {
    const make = () => new CsrMatrix({ ...good, ...wrong } as typeof good);
    expect(make).toThrow(type);
    expect(make).toThrow(`CsrMatrix: ${message}`);
  });

  it('refuses dense arrays that do not fit', () => {
    const size = { rows: 2, columns: 3 };
    expect(() => CsrMatrix.fromDense(new Float32Array(5), size)).toThrow(
      'CsrMatrix.fromDense: dense must have length rows × columns = 2 × 3 = 6, got 5',
    );
    expect(() => CsrMatrix.fromMask(new Float32Array(6), new Uint8Array(5), size)).toThrow(
      'CsrMatrix.fromMask: mask must have length 6, got 5',
    );
    const wide = { rows: 1, columns: 65537, indexType: 'uint16' as const };
    expect(() => CsrMatrix.fromDense(new Float32Array(65537), wide)).toThrow(
      "CsrMatrix.fromDense: indexType 'uint16' takes at most 65536 columns, got 65537",
    );
  });
});

describe('EllMatrix', () => {
  it('is a kernel with constant fan-in, transposed', () => {
    // fanIn 3, units 2: column 0 keeps rows 0 and 2, column 1 rows 1 and 2.
    const kernel = Float32Array.of(1, 0, 0, 2, 3, 4);
    for (const indexType of ['int32', 'uint16'] as const) {
      const ell = EllMatrix.fromKernel(kernel, { fanIn: 3, units: 2, indexType });
      expect([ell.rows, ell.columns, ell.width, ell.nnz]).toEqual([2, 3, 2, 4]);
      expect(Array.from(ell.values)).toEqual([1, 3, 2, 4]);
      expect(Array.from(ell.columnIndices)).toEqual([0, 2, 1, 2]);
      expect(ell.columnIndices).toBeInstanceOf(indexType === 'uint16' ? Uint16Array : Int32Array);
      expect(ell.transpose().toDense()).toEqual(kernel);
      expect(Array.from(ell.toDense())).toEqual([1, 0, 3, 0, 2, 4]);
      expect(Array.from(ell.toCsr().rowOffsets)).toEqual([0, 2, 4]);
    }
  });

  it('says which row differs', () => {
    expect(() => EllMatrix.fromKernel(Float32Array.of(1, 0, 3, 4), { fanIn: 2, units: 2 })).toThrow(
      'EllMatrix.fromCsr: row 1 must have as many entries as row 0, 2, got 1',
    );
    const fields = { rows: 2, columns: 3, values: new Float32Array(3), columnIndices: new Int32Array(3) };
    expect(() => new EllMatrix(fields)).toThrow('EllMatrix: values must have a multiple of rows = 2 entries, got 3');
    const values = new Float32Array(4);
    expect(() => new EllMatrix({ ...fields, values, columnIndices: Int32Array.of(0, 1, 2, 3) })).toThrow(
      'EllMatrix: columnIndices[3] must be in [0, 3), got 3',
    );
  });

  it('may be empty', () => {
    expect(EllMatrix.fromKernel(new Float32Array(0), { fanIn: 4, units: 0 }).width).toBe(0);
    expect(EllMatrix.fromKernel(new Float32Array(8), { fanIn: 4, units: 2 }).nnz).toBe(0);
  });
});
