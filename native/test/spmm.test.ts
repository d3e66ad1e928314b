import { createRequire } from 'node:module';
import { CsrMatrix, EllMatrix, SparsePlan, type SpmmOptions, sddmm, spmm } from '@winnow/native';
import { beforeAll, describe, expect, it } from 'vitest';
import { sparseCases, sparseMatrix, transposed } from './sparse-cases.js';
import { builtAddon, runModule, toBits, viewOf } from './support.js';

beforeAll(builtAddon);

/** +0 for −0: a product by a stored zero may be either. */
const plain = (numbers: Iterable<number>) => Array.from(numbers, (x) => x + 0);

describe('spmm', () => {
  for (const golden of sparseCases) {
    const { name, rows, columns, tokens, right, left } = golden;
    it(`equals SciPy, in both orders and all transposed forms: ${name}`, () => {
      const matrix = sparseMatrix(golden);
      const flipped = matrix.transpose();
      const rowBias = Float32Array.from(golden.rowBias);
      const columnBias = Float32Array.from(golden.columnBias);
      const b = { data: Float32Array.from(right), rows: columns, columns: tokens };
      const bT = { data: Float32Array.from(transposed(right, columns, tokens)), rows: tokens, columns };
      const a = { data: Float32Array.from(left), rows: tokens, columns: rows };
      const aT = { data: Float32Array.from(transposed(left, tokens, rows)), rows, columns: tokens };
      const relu: SpmmOptions = { activation: 'relu' };
      for (const wrap of [(m: CsrMatrix) => m, (m: CsrMatrix) => new SparsePlan(m)]) {
        for (const [sparse, transposeA] of [
          [wrap(matrix), false],
          [wrap(flipped), true],
        ] as const) {
          for (const [dense, transposeB] of [
            [b, false],
            [bT, true],
          ] as const) {
            const options = { transposeA, transposeB };
            expect(plain(spmm(sparse, dense, options))).toEqual(plain(golden.sparseTimesDense));
            const fused = spmm(sparse, dense, { ...options, ...relu, bias: rowBias });
            expect(plain(fused)).toEqual(plain(golden.sparseTimesDenseBiasRelu));
          }
        }
        for (const [sparse, transposeB] of [
          [wrap(matrix), false],
          [wrap(flipped), true],
        ] as const) {
          for (const [dense, transposeA] of [
            [a, false],
            [aT, true],
          ] as const) {
            const options = { transposeA, transposeB };
            expect(plain(spmm(dense, sparse, options))).toEqual(plain(golden.denseTimesSparse));
            const fused = spmm(dense, sparse, { ...options, ...relu, bias: columnBias });
            expect(plain(fused)).toEqual(plain(golden.denseTimesSparseBiasRelu));
          }
        }
      }
    });

    it(`samples a dense product as SciPy does: ${name}`, () => {
      const matrix = sparseMatrix(golden);
      const a = { data: Float32Array.from(left), rows: tokens, columns: rows };
      const aT = { data: Float32Array.from(transposed(left, tokens, rows)), rows, columns: tokens };
      const b = { data: Float32Array.from(transposed(right, columns, tokens)), rows: tokens, columns };
      const bT = { data: Float32Array.from(right), rows: columns, columns: tokens };
      for (const [x, transposeA] of [
        [a, true],
        [aT, false],
      ] as const) {
        for (const [y, transposeB] of [
          [b, false],
          [bT, true],
        ] as const) {
          expect(plain(sddmm(matrix, x, y, { transposeA, transposeB }))).toEqual(plain(golden.sampled));
        }
      }
    });
  }

  it('reads and writes views of any buffer, and short indices', () => {
    const golden = sparseCases.find(({ name }) => name === 'several tiles')!;
    const { rows, columns, tokens } = golden;
    const expected = plain(golden.sparseTimesDenseBiasRelu);
    for (const Buffer of [ArrayBuffer, SharedArrayBuffer]) {
      const view = (values: readonly number[]) => viewOf(Float32Array.from(values), Buffer);
      const shorts = new Uint16Array(new Buffer(2 * (golden.columnIndices.length + 3))).subarray(3);
      shorts.set(golden.columnIndices);
      const offsets = new Int32Array(new Buffer(4 * (rows + 6))).subarray(5);
      offsets.set(golden.rowOffsets);
      const matrix = new CsrMatrix({
        rows,
        columns,
        values: view(golden.values),
        columnIndices: shorts,
        rowOffsets: offsets,
      });
      const around = new Float32Array(new Buffer(4 * (rows * tokens + 2))).fill(9);
      const out = around.subarray(1, 1 + rows * tokens);
      const dense = { data: view(golden.right), rows: columns, columns: tokens };
      const bias = view(golden.rowBias);
      expect(spmm(matrix, dense, { bias, activation: 'relu', out })).toBe(out);
      expect(plain(out)).toEqual(expected);
      expect([around[0], around.at(-1)]).toEqual([9, 9]);
      expect(plain(spmm(new SparsePlan(matrix), dense, { bias, activation: 'relu' }))).toEqual(expected);
    }
  });

  it('takes a constant fan-in kernel as the layer has it', () => {
    const kernel = Float32Array.of(1, 0, 0, 2, 3, 4);
    const ell = EllMatrix.fromKernel(kernel, { fanIn: 3, units: 2 });
    const x = { data: Float32Array.of(1, 10, 100, 2, 20, 200), rows: 2, columns: 3 };
    expect(Array.from(spmm(x, ell, { transposeB: true }))).toEqual([301, 420, 602, 840]);
    expect(Array.from(spmm(x, new SparsePlan(ell), { transposeB: true }))).toEqual([301, 420, 602, 840]);
    const dy = { data: Float32Array.of(1, 2, 3, 4), rows: 2, columns: 2 };
    expect(Array.from(sddmm(ell, dy, x, { transposeA: true }))).toEqual([7, 700, 100, 1000]);
  });

  it('has values a plan does not follow', () => {
    const matrix = CsrMatrix.fromDense(Float32Array.of(2), { rows: 1, columns: 1 });
    const plan = new SparsePlan(matrix);
    matrix.values[0] = 5;
    const one = { data: Float32Array.of(1), rows: 1, columns: 1 };
    expect(spmm(plan, one)[0]).toBe(2);
    expect(spmm(matrix, one)[0]).toBe(5);
  });

  const two = CsrMatrix.fromDense(Float32Array.of(1, 2, 3, 4, 5, 6), { rows: 2, columns: 3 });
  const dense = { data: new Float32Array(12), rows: 3, columns: 4 };
  it.each([
    [{ bias: new Float32Array(3) }, RangeError, 'spmm: bias must have length 2, got 3'],
    [{ bias: [1, 2] }, TypeError, 'spmm: bias must be a Float32Array'],
    [{ out: new Float32Array(9) }, RangeError, 'spmm: out must have length 8, got 9'],
    [{ activation: 'tanh' }, RangeError, "spmm: activation must be one of 'none', 'relu', 'gelu', got 'tanh'"],
    [{ transposeA: 1 }, TypeError, 'spmm: transposeA must be a boolean, got number'],
    [{ transposeA: true }, RangeError, 'spmm: op(a) must have as many columns as op(b) has rows, got 2 and 3'],
    [{ out: dense.data.subarray(2, 10) }, RangeError, 'spmm: out must not overlap an input'],
  ])('refuses %j', (wrong, type, message) => {
    const call = () => spmm(two, dense, wrong as SpmmOptions);
    expect(call).toThrow(type);
    expect(call).toThrow(message);
  });

  it('refuses other operands and patterns by name', () => {
    const anything = spmm as (a: unknown, b: unknown) => Float32Array;
    expect(() => anything(two, two)).toThrow('spmm: one of a and b must be sparse, the other dense');
    expect(() => anything(dense, dense)).toThrow(TypeError);
    expect(() => anything(two, { ...dense, rows: 4 })).toThrow(
      'spmm: b.data must have length rows × columns = 4 × 4 = 16, got 12',
    );
    expect(() => new SparsePlan(dense as unknown as CsrMatrix)).toThrow(TypeError);
    expect(() => sddmm(two, dense, dense)).toThrow("sddmm: op(a) must have the pattern's 2 rows, got 3");
  });

  it('refuses a matrix that was broken after it was made', () => {
    const broken = CsrMatrix.fromDense(Float32Array.of(1, 2, 3, 4, 5, 6), { rows: 2, columns: 3 });
    broken.columnIndices[4] = 600;
    expect(() => spmm(broken, dense)).toThrow('spmm: columnIndices[4] must be in [0, 3), got 600');
    expect(() => spmm(broken, dense)).toThrow(RangeError);
  });

  it('checks raw calls itself', () => {
    const raw = createRequire(import.meta.url)('../build/Release/winnow.node') as Record<
      string,
      (...args: unknown[]) => unknown
    >;
    const plan = raw['spmmPlan']!(2, 3, two.values, two.columnIndices, two.rowOffsets, false);
    const out = new Float32Array(8);
    const rest = [4, dense.data, false, undefined, 0, false, out];
    raw['spmmRun']!(plan, ...rest);
    expect(() => raw['spmmRun']!({}, ...rest)).toThrow('spmmRun: plan must come from spmmPlan');
    expect(() => raw['spmmRun']!(7, ...rest)).toThrow('spmmRun: plan must be an object');
    expect(() => raw['spmmRun']!(plan, 5, ...rest.slice(1))).toThrow('spmmRun: dense must have length 15, got 12');
    expect(() => raw['spmm']!(2, 3, two.values, new Float64Array(6))).toThrow(
      'spmm: columnIndices must be an Int32Array or a Uint16Array',
    );
    expect(() => raw['spmm']!(3, 3, two.values, two.columnIndices, two.rowOffsets, false, ...rest)).toThrow(
      'spmm: rowOffsets must have length 4, got 3',
    );
    expect(() => raw['sddmm']!()).toThrow('sddmm: rows must be a number');
  });

  it('gives the same numbers on every instruction set, the same bits where there is FMA', async () => {
    const source = `
      import { CsrMatrix, instructionSets, sddmm, spmm } from '@winnow/native';
      const wave = (n, f) => Float32Array.from({ length: n }, (_, i) => Math.fround(Math.sin(i * f)));
      const [rows, columns, tokens] = [150, 210, 77];
      const mask = Uint8Array.from({ length: rows * columns }, (_, i) => (i * 7919) % 5 === 0);
      const matrix = CsrMatrix.fromMask(wave(rows * columns, 1.7), mask, { rows, columns });
      const x = { data: wave(tokens * columns, 0.37), rows: tokens, columns };
      const y = spmm(x, matrix, { transposeB: true });
      const d = sddmm(matrix, { data: y, rows: tokens, columns: rows }, x, { transposeA: true });
      console.log(JSON.stringify([instructionSets(), Array.from(y), Array.from(d)]));`;
    const run = async (isa: string) =>
      JSON.parse(await runModule(source, { WINNOW_ISA: isa })) as [{ supported: string[] }, number[], number[]];
    const [sets, y, d] = await run('baseline');
    const fused: string[] = [];
    for (const isa of sets.supported.filter((name) => name !== 'baseline')) {
      const [, otherY, otherD] = await run(isa);
      for (const [i, value] of otherY.entries()) expect(Math.abs(value - y[i]!)).toBeLessThan(1e-4);
      for (const [i, value] of otherD.entries()) expect(Math.abs(value - d[i]!)).toBeLessThan(1e-3);
      fused.push(toBits(Float32Array.from([...otherY, ...otherD])));
    }
    expect(new Set(fused).size).toBeLessThanOrEqual(1);
  });

  it('works in worker threads, whose plans end with them', async () => {
    const addon = new URL('../build/Release/winnow.node', import.meta.url).pathname;
    const source = `
      import { Worker } from 'node:worker_threads';
      const work = \`
        const { spmmPlan, spmmRun } = require(${JSON.stringify(addon)});
        const n = 300;
        const upTo = (length) => Int32Array.from({ length }, (_, i) => i);
        const plan = spmmPlan(n, n, new Float32Array(n).fill(2), upTo(n), upTo(n + 1), false);
        const x = new Float32Array(n * 100).fill(1), out = new Float32Array(n * 100);
        let sum = 0;
        for (let i = 0; i < 20; i++) {
          spmmRun(plan, 100, x, true, undefined, 1, true, out);
          for (const y of out) sum += y;
        }
        require('node:worker_threads').parentPort.postMessage(sum);\`;
      const results = await Promise.all(Array.from({ length: 4 }, () => new Promise((resolve, reject) => {
        const worker = new Worker(work, { eval: true, execArgv: [] });
        worker.on('message', resolve);
        worker.on('error', reject);
      })));
      console.log(results.join());`;
    expect(await runModule(source)).toBe(
      Array(4)
        .fill(20 * 300 * 100 * 2)
        .join(),
    );
  });
});
