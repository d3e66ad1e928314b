import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import {
  alignedFloats,
  BlockSparseMatrix,
  CsrMatrix,
  checkBlocks,
  checkCsr,
  EllMatrix,
  NmMatrix,
  rankMask,
  targetedDropoutAll,
  topKMask,
} from '@winnow/native';
import { beforeAll, describe, expect, it } from 'vitest';
import { builtAddon } from './support.js';

beforeAll(builtAddon);

type Raw = Record<string, (...args: unknown[]) => unknown>;
const raw = (): Raw =>
  createRequire(import.meta.url)(fileURLToPath(new URL('../build/Release/winnow.node', import.meta.url)));

const none = new Float32Array(0);
const noBytes = new Uint8Array(0);

describe('sizes of nothing', () => {
  it('attention: a product that overflows is no length', () => {
    const big = 2 ** 24;
    const call = [big, big, big, big, big, big, none, none, none, false, noBytes, 0, 1];
    expect(() => raw()['attention']!(...call, none, none)).toThrow(
      'attention: query must have length 16777216 × 16777216 × 16777216 × 16777216, got 0',
    );
  });

  it('attention: heads without queries are done at once', () => {
    const huge = 2 ** 31 - 1;
    const call = [huge, huge, 0, 0, 4, 4, none, none, none, false, noBytes, 1, 1];
    expect(raw()['attention']!(...call, none, none)).toBeUndefined();
    expect(raw()['attentionGrad']!(...call, none, none, none, none, none, none)).toBeUndefined();
  });

  it('attention: heads without dimensions have no keys', () => {
    const call = [1, 1, 2, 2 ** 31 - 1, 0, 0, none, none, none, false, noBytes, 0, 1, none, new Float32Array(2)];
    expect(() => raw()['attention']!(...call)).toThrow('attention: key dim and value dim must not both be 0');
  });

  it('kernels without rows take no memory for their columns', () => {
    const size = { fanIn: 0, units: 2 ** 31 - 1 };
    for (const granularity of ['weight', 'unit'] as const) {
      expect(topKMask(none, { ...size, sparsity: 0.5, granularity })).toHaveLength(0);
      const rates = { targetFraction: 0.5, dropRate: 0.5, granularity, seed: 1, step: 1 };
      expect(targetedDropoutAll([{ kernel: none, ...size }], rates)[0]).toHaveLength(0);
    }
    for (const scope of ['column', 'layer', 'global'] as const) {
      expect(rankMask([{ scores: none, ...size }], { sparsity: 0.5, scope })[0]).toHaveLength(0);
    }
  });

  it('sparse matrices: too many rows are refused before anything is made for them', () => {
    const size = { rows: 2 ** 31 - 1, columns: 0 };
    const message = 'rows must be an integer in [0, 67108864], got 2147483647';
    expect(() => BlockSparseMatrix.fromDense(none, { ...size, block: [1, 1] })).toThrow(message);
    expect(() => NmMatrix.fromDense(none, size)).toThrow(message);
    expect(() => new EllMatrix({ ...size, values: none, columnIndices: new Int32Array(0) })).toThrow(message);
  });

  it('sparse plans: an empty matrix takes no memory for its blocks of channels', () => {
    const rowOffsets = new Int32Array(2 ** 12 + 1);
    expect(raw()['spmmPlan']!(2 ** 12, 2 ** 26, none, new Int32Array(0), rowOffsets, false)).toBeTypeOf('object');
  });

  it('more memory than there is is a RangeError', () => {
    expect(() => alignedFloats(2 ** 34)).toThrow(RangeError);
  });
});

describe('arguments that change', () => {
  /** An object whose property gives one value first and another from then on. */
  const lying = <Holder extends object>(holder: Holder, key: keyof Holder, then: unknown): Holder => {
    let value: unknown = holder[key];
    return Object.defineProperty(holder, key, {
      enumerable: true,
      get: () => {
        const given = value;
        value = then;
        return given;
      },
    });
  };

  it.each([0, -1, Number.NaN, 0.5])('sizes and blocks are read once: %s', (then) => {
    const dense = Float32Array.of(1, 0, 0, 2);
    const mask = Uint8Array.of(1, 1, 1, 1);
    const size = () => ({ rows: 2, columns: 2 });
    const expected = [1, 0, 0, 2];
    const made = [
      BlockSparseMatrix.fromDense(dense, { ...size(), block: lying([1, 2], 1, then) }),
      BlockSparseMatrix.fromMask(dense, mask, { ...size(), block: lying([2, 2], 0, then) }),
      BlockSparseMatrix.fromDense(dense, lying({ ...size(), block: [1, 1] }, 'columns', then)),
      CsrMatrix.fromDense(dense, lying(size(), 'rows', then)),
      CsrMatrix.fromMask(dense, mask, lying(size(), 'columns', then)),
      EllMatrix.fromKernel(dense, lying({ fanIn: 2, units: 2 }, 'units', then)).transpose(),
      NmMatrix.fromDense(dense, lying({ ...size(), n: 1, m: 2 }, 'columns', then)),
    ];
    for (const matrix of made) expect([...matrix.toDense()]).toEqual(expected);
  });

  it('the checks of matrices see what they checked before', () => {
    const arrays = { values: Float32Array.of(1), columnIndices: Int32Array.of(0), rowOffsets: Int32Array.of(0, 1) };
    const good = () => ({ rows: 1, columns: 1, ...arrays });
    // Rows without end would be walked for as long.
    expect(() => checkCsr('test', lying(good(), 'rows', 2 ** 53))).not.toThrow();
    expect(() => checkCsr('test', lying(good(), 'columnIndices', Int32Array.of(7)))).not.toThrow();
    const block = lying([1, 1], 0 as never, 2 ** 53) as unknown as [number, number];
    expect(() => checkBlocks('test', { ...good(), block })).not.toThrow();
  });

  it('a getter that detaches an array read before is noticed', () => {
    const item = () => {
      const mask = new Uint8Array(2 ** 20);
      const scores = new Float32Array(2 ** 20);
      return [scores, 2 ** 10, 2 ** 10, 3, mask] as unknown[];
    };
    const [first, second] = [item(), item()];
    Object.defineProperty(second, 3, {
      get() {
        const { buffer } = first[4] as Uint8Array<ArrayBuffer>;
        if (buffer.byteLength > 0) structuredClone(null, { transfer: [buffer] });
        return 3;
      },
    });
    expect(() => raw()['rankMask']!([first, second], 1, false, 1, 1, 0)).toThrow(
      'rankMask: out must have length 1048576, got 0',
    );
  });

  it('an output over the index arrays is refused', () => {
    const buffer = new ArrayBuffer(16);
    const columnIndices = new Int32Array(buffer).fill(0);
    columnIndices.set([0, 1, 2, 3]);
    const call = [1, 4, columnIndices, Int32Array.of(0, 4), 1, new Float32Array(1), true, new Float32Array(4), true];
    expect(() => raw()['sddmm']!(...call, new Float32Array(buffer))).toThrow(
      'sddmm: out must not overlap columnIndices',
    );
  });

  it('index arrays on shared memory are read once', () => {
    const columnIndices = new Int32Array(new SharedArrayBuffer(8));
    columnIndices.set([0, 2]);
    const rowOffsets = new Int32Array(new SharedArrayBuffer(8));
    rowOffsets.set([0, 2]);
    const out = new Float32Array(2);
    raw()['sddmm']!(1, 3, columnIndices, rowOffsets, 1, Float32Array.of(2), true, Float32Array.of(3, 4, 5), true, out);
    expect([...out]).toEqual([6, 10]);
  });

  it('a list of holes ends at the first', () => {
    const holes = new Array(2 ** 32 - 1);
    expect(() => rankMask(holes, { sparsity: 0.5 })).toThrow('rankMask: items[0] must be an object, got undefined');
    const rates = { targetFraction: 0.5, dropRate: 0.5, seed: 1, step: 1 };
    expect(() => targetedDropoutAll(holes, rates)).toThrow('targetedDropoutAll: kernels[0] must be an object');
  });
});

describe('the fuzzer of the whole surface', () => {
  it('finds nothing in a few seconds', async () => {
    const start = fileURLToPath(new URL('../../scripts/start.mjs', import.meta.url));
    const args = [start, '--script', 'native/fuzz/surface.ts', '--seconds', '6', '--seed', '1'];
    const { stdout } = await promisify(execFile)(process.execPath, args);
    expect(stdout).toMatch(/\d+ calls, seed 1\n$/);
  });
});
