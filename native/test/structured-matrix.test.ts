import { beforeAll, describe, expect, it } from 'vitest';
import {
  BlockSparseMatrix,
  CsrMatrix,
  type DenseMatrix,
  NmMatrix,
  type SparseOperand,
  SparsePlan,
  sddmm,
  spmm,
  topKMask,
} from '../lib/index.js';
import { builtAddon } from './support.js';

beforeAll(builtAddon);

/** Small integers: every sum of theirs is exact, whatever its order. */
const integers = (length: number, seed: number) =>
  Float32Array.from({ length }, (_, i) => ((i * 7919 + seed * 104729) % 17) - 8 || 3);

function denseProduct(a: DenseMatrix, b: DenseMatrix, transposeA: boolean, transposeB: boolean): number[] {
  const at = ({ data, columns }: DenseMatrix, row: number, column: number, flips: boolean) =>
    flips ? data[column * columns + row]! : data[row * columns + column]!;
  const [rows, inner] = transposeA ? [a.columns, a.rows] : [a.rows, a.columns];
  const columns = transposeB ? b.rows : b.columns;
  return Array.from({ length: rows * columns }, (_, i) => {
    let sum = 0;
    for (let k = 0; k < inner; k++) {
      sum += at(a, Math.floor(i / columns), k, transposeA) * at(b, k, i % columns, transposeB);
    }
    return sum;
  });
}

/** All forms of a product against the dense one, and the sampled product. */
function expectProducts(
  matrix: NmMatrix | BlockSparseMatrix,
  stored: (at: number) => boolean,
  spread: (values: Float32Array) => Float32Array,
): void {
  const { rows, columns } = matrix;
  const dense: DenseMatrix = { data: matrix.toDense(), rows, columns };
  const tokens = 67;
  for (const operand of [matrix, new SparsePlan(matrix)] as SparseOperand[]) {
    for (const transpose of [false, true]) {
      for (const transposeOther of [false, true]) {
        const [outer, inner] = transpose ? [columns, rows] : [rows, columns];
        const right = { rows: transposeOther ? tokens : inner, columns: transposeOther ? inner : tokens };
        const b = { data: integers(tokens * inner, 2), ...right };
        const options = { transposeA: transpose, transposeB: transposeOther };
        expect(Array.from(spmm(operand, b, options))).toEqual(denseProduct(dense, b, transpose, transposeOther));
        const left = { rows: transposeOther ? outer : tokens, columns: transposeOther ? tokens : outer };
        const a = { data: integers(tokens * outer, 3), ...left };
        const flipped = { transposeA: transposeOther, transposeB: transpose };
        expect(Array.from(spmm(a, operand, flipped))).toEqual(denseProduct(a, dense, transposeOther, transpose));
      }
    }
  }
  const a = { data: integers(tokens * rows, 4), rows: tokens, columns: rows };
  const b = { data: integers(tokens * columns, 5), rows: tokens, columns };
  const gradient = denseProduct(a, b, true, false).map((x, i) => (stored(i) ? x : 0));
  expect(Array.from(spread(sddmm(matrix, a, b, { transposeA: true })), (x) => x + 0)).toEqual(
    gradient.map((x) => x + 0),
  );
}

describe('NmMatrix', () => {
  it.each([
    [5, 8, 2, 4],
    [70, 131, 2, 4],
    [3, 7, 1, 4],
    [4, 33, 3, 5],
    [0, 8, 2, 4],
  ])('multiplies as the dense matrix: %i x %i, %i:%i', (rows, columns, n, m) => {
    const dense = integers(rows * columns, 1);
    const mask = dense.map((_, i) =>
      (i % columns) % m < Math.ceil((Math.min(m, columns - (i % columns) + ((i % columns) % m)) * n) / m) ? 1 : 0,
    );
    const matrix = NmMatrix.fromMask(dense, Uint8Array.from(mask), { rows, columns, n, m });
    expect(matrix.toDense()).toEqual(dense.map((x, i) => (mask[i] ? x : 0)));
    expect(NmMatrix.fromDense(matrix.toDense(), { rows, columns, n, m })).toEqual(matrix);
    expect(matrix.transpose().transpose().toDense()).toEqual(matrix.toDense());
    expectProducts(
      matrix,
      (i) => mask[i] === 1,
      (values) => new NmMatrix({ ...matrix, values }).toDense(),
    );
  });

  it('takes the kernels of the pattern 2:4', () => {
    const [fanIn, units] = [10, 6];
    const kernel = integers(fanIn * units, 6).map((x, i) => x + i / 64);
    const mask = topKMask(kernel, { fanIn, units, pattern: '2:4' });
    const matrix = NmMatrix.fromKernel(kernel, { fanIn, units, mask });
    expect([matrix.rows, matrix.columns, matrix.width, matrix.density]).toEqual([units, fanIn, 5, 0.5]);
    expect(matrix.transpose().toDense()).toEqual(kernel.map((x, i) => (mask[i] ? x : 0)));
    expect(NmMatrix.fromKernel(matrix.transpose().toDense(), { fanIn, units })).toEqual(matrix);
  });

  it('stores zeros where a group has fewer entries', () => {
    const matrix = NmMatrix.fromDense(Float32Array.of(0, 0, 0, 5, 0, 0), { rows: 1, columns: 6 });
    expect(Array.from(matrix.values)).toEqual([0, 5, 0]);
    expect(Array.from(matrix.positions)).toEqual([0, 3, 0]);
  });

  const good = { rows: 2, columns: 4, n: 2, m: 4, values: new Float32Array(4), positions: Uint8Array.of(0, 3, 1, 2) };
  it.each([
    [{ positions: Uint8Array.of(0, 3, 1, 4) }, RangeError, 'positions[3] must be in [0, 4), got 4'],
    [
      { positions: Uint8Array.of(3, 3, 2, 1) },
      RangeError,
      'positions[1] must be greater than positions[0] = 3 in the same group, got 3',
    ],
    [{ positions: new Uint8Array(3) }, RangeError, 'positions must have length 4, got 3'],
    [{ positions: [0, 3, 1, 2] }, TypeError, 'positions must be a Uint8Array'],
    [{ values: new Float32Array(5) }, RangeError, 'values must have length rows × 2 = 4, got 5'],
    [{ n: 5 }, RangeError, 'n must be an integer in [1, 4], got 5'],
    [{ n: 0 }, RangeError, 'n must be an integer in [1, 4], got 0'],
    [{ m: 257 }, RangeError, 'm must be an integer in [1, 256], got 257'],
    [{ rows: -1 }, RangeError, 'rows must be an integer in [0, 67108864], got -1'],
  ])('refuses %j', (wrong, type, message) => {
    const make = () => new NmMatrix({ ...good, ...wrong } as typeof good);
    expect(make).toThrow(type);
    expect(make).toThrow(`NmMatrix: ${message}`);
  });

  it('names the first group that does not fit', () => {
    const size = { rows: 2, columns: 8 };
    const dense = Float32Array.of(1, 1, 0, 0, 1, 0, 0, 1, 1, 0, 0, 1, 0, 1, 1, 1);
    expect(() => NmMatrix.fromDense(dense, size)).toThrow(
      'NmMatrix.fromDense: every 4 columns must keep at most 2, got 3 in row 1 from column 4',
    );
    expect(() => NmMatrix.fromMask(dense, Uint8Array.of(1, 1, 0, 0, 1, 0, 0, 0, 1, 1, 0, 0, 1, 1, 0, 0), size)).toThrow(
      'NmMatrix.fromMask: every 4 columns must keep exactly 2, got 1 in row 0 from column 4',
    );
  });
});

describe('BlockSparseMatrix', () => {
  it.each([
    [8, 8, [4, 4]],
    [70, 131, [16, 16]],
    [67, 30, [4, 1]],
    [9, 70, [2, 65]],
    [5, 3, [8, 8]],
    [0, 5, [2, 2]],
  ] as [number, number, [number, number]][])('multiplies as the dense matrix: %i x %i, %j', (rows, columns, block) => {
    const dense = integers(rows * columns, 7);
    const kept = (i: number) =>
      (Math.floor(Math.floor(i / columns) / block[0]) * 3 + Math.floor((i % columns) / block[1])) % 2 === 0;
    const mask = Uint8Array.from(dense, (_, i) => (kept(i) ? 1 : 0));
    const matrix = BlockSparseMatrix.fromMask(dense, mask, { rows, columns, block });
    expect(matrix.toDense()).toEqual(dense.map((x, i) => (mask[i] ? x : 0)));
    expect(BlockSparseMatrix.fromDense(matrix.toDense(), { rows, columns, block })).toEqual(matrix);
    expect(matrix.toCsr()).toEqual(CsrMatrix.fromMask(dense, mask, { rows, columns }));
    expect(matrix.transpose().transpose()).toEqual(matrix);
    expect(matrix.transpose().toDense()).toEqual(matrix.toCsr().transpose().toDense());
    expectProducts(matrix, kept, (values) => new BlockSparseMatrix({ ...matrix, values }).toDense());
  });

  it('takes the kernels of the pattern of blocks', () => {
    const [fanIn, units, block] = [12, 10, [4, 3] as const];
    const kernel = integers(fanIn * units, 8).map((x, i) => x + i / 64);
    const mask = topKMask(kernel, { fanIn, units, sparsity: 0.5, pattern: { block } });
    const matrix = BlockSparseMatrix.fromMask(kernel, mask, { rows: fanIn, columns: units, block });
    expect([matrix.blocks, matrix.density]).toEqual([6, 0.5]);
    expect(matrix.toDense()).toEqual(kernel.map((x, i) => (mask[i] ? x : 0)));
  });

  const good = {
    rows: 5,
    columns: 4,
    block: [2, 2] as [number, number],
    values: new Float32Array(12),
    columnIndices: Int32Array.of(0, 1, 1),
    rowOffsets: Int32Array.of(0, 2, 2, 3),
  };
  it.each([
    [{ columnIndices: Int32Array.of(0, 2, 1) }, RangeError, 'columnIndices[1] must be in [0, 2), got 2'],
    [
      { columnIndices: Int32Array.of(1, 1, 1) },
      RangeError,
      'columnIndices[1] must be greater than columnIndices[0] = 1 in the same row 0, got 1',
    ],
    [{ rowOffsets: Int32Array.of(0, 2, 1, 3) }, RangeError, 'rowOffsets[2] must be at least rowOffsets[1] = 2, got 1'],
    [{ rowOffsets: Int32Array.of(0, 2, 3) }, RangeError, 'rowOffsets must have length rows + 1 = 4, got 3'],
    [
      { values: new Float32Array(11) },
      RangeError,
      'values must have length blocks × 2 × 2 = 12, at most 1073741823, got 11',
    ],
    [{ columnIndices: new Uint16Array(3) }, TypeError, 'columnIndices must be an Int32Array'],
    [{ block: [0, 2] }, RangeError, 'block must hold integers in [1, 67108864], got 0'],
    [{ block: 2 }, TypeError, 'block must be [rows, columns]'],
  ])('refuses %j', (wrong, type, message) => {
    const make = () => new BlockSparseMatrix({ ...good, ...wrong } as typeof good);
    expect(make).toThrow(type);
    expect(make).toThrow(`BlockSparseMatrix: ${message}`);
  });

  it('names the first block that a mask keeps in part', () => {
    const size = { rows: 2, columns: 4, block: [2, 2] as const };
    expect(() => BlockSparseMatrix.fromMask(new Float32Array(8), Uint8Array.of(0, 0, 1, 1, 0, 0, 1, 0), size)).toThrow(
      'BlockSparseMatrix.fromMask: mask must keep whole blocks, got 3 of 4 in the block at row 0, column 2',
    );
  });
});

describe('spmm of both', () => {
  it('refuses matrices that were broken after they were made', () => {
    const x = { data: new Float32Array(8), rows: 1, columns: 8 };
    const nm = NmMatrix.fromDense(new Float32Array(8), { rows: 1, columns: 8 });
    nm.positions[3] = 9;
    expect(() => spmm(x, nm, { transposeB: true })).toThrow('spmm: positions[3] must be in [0, 4), got 9');
    const blocks = BlockSparseMatrix.fromDense(new Float32Array(8).fill(1), { rows: 1, columns: 8, block: [1, 4] });
    blocks.columnIndices[1] = 7;
    expect(() => spmm(x, blocks, { transposeB: true })).toThrow('spmm: columnIndices[1] must be in [0, 2), got 7');
    expect(() => sddmm(blocks, { data: new Float32Array(1), rows: 1, columns: 1 }, x)).toThrow(RangeError);
  });

  it('applies GELU as it is defined', () => {
    const identity = CsrMatrix.fromDense(Float32Array.of(1), { rows: 1, columns: 1 });
    const points = Float32Array.of(-6, -3, -1, -0.5, 0, 0.5, 1, 3, 6);
    const y = spmm(identity, { data: points, rows: 1, columns: 9 }, { activation: 'gelu' });
    // x/2 · (1 + erf(x / √2)) by Python's math.erf.
    const expected = [
      -5.91952587e-9, -0.00404969409, -0.158655254, -0.154268769, 0, 0.345731231, 0.841344746, 2.99595031, 5.99999999,
    ];
    for (const [i, value] of y.entries()) expect(Math.abs(value - expected[i]!)).toBeLessThan(4e-7);
    const options = { activation: 'gelu' as const, bias: Float32Array.of(1) };
    expect(spmm(identity, { data: Float32Array.of(0), rows: 1, columns: 1 }, options)[0]).toBeCloseTo(0.8413447, 6);
  });
});
