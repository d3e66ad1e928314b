import { prunedCount, topKMask } from '@winnow/native';
import { beforeAll, describe, expect, it } from 'vitest';
import { builtAddon, fromBits, golden, viewOf } from './support.js';

interface Result {
  granularity: 'weight' | 'unit';
  sparsity: number;
  count: number;
  mask: string;
}

beforeAll(builtAddon);

describe('topKMask', () => {
  for (const { name, fanIn, units, kernel, results } of golden<Result>('topk_mask.json')) {
    it(`equals NumPy: ${name}`, () => {
      for (const { granularity, sparsity, count, mask } of results) {
        expect(prunedCount(sparsity, granularity === 'weight' ? fanIn : units)).toBe(count);
        const actual = topKMask(fromBits(kernel), { fanIn, units, sparsity, granularity });
        expect(actual.join(''), `${granularity} ${sparsity}`).toBe(mask);
      }
    });
  }

  it('writes into a given array and reads views of any buffer', () => {
    const kernel = Float32Array.of(3, -1, 2, 0.5, 1, -4);
    const expected = Uint8Array.of(1, 0, 0, 0, 0, 1);
    for (const Buffer of [ArrayBuffer, SharedArrayBuffer]) {
      const around = new Uint8Array(new Buffer(20)).fill(9);
      const out = around.subarray(3, 9);
      const view = viewOf(kernel, Buffer);
      expect(topKMask(view, { fanIn: 3, units: 2, sparsity: 0.7, out })).toBe(out);
      expect(Array.from(out)).toEqual(Array.from(expected));
      expect(around[2]).toBe(9);
      expect(around[9]).toBe(9);
    }
  });

  it.each([
    [{ sparsity: 1.5 }, RangeError, 'topKMask: sparsity must be in [0, 1], got 1.5'],
    [{ sparsity: Number.NaN }, RangeError, 'topKMask: sparsity must be in [0, 1], got NaN'],
    [{ sparsity: '0.5' }, TypeError, "topKMask: sparsity must be a number in [0, 1], got '0.5'"],
    [{ granularity: 'row' }, RangeError, "topKMask: granularity must be one of 'weight', 'unit', got 'row'"],
    [{ granularity: 3 }, RangeError, "topKMask: granularity must be one of 'weight', 'unit', got 3"],
    [{ fanIn: -1 }, RangeError, 'topKMask: fanIn must be an integer in [0, 2147483647], got -1'],
    [{ fanIn: 2.5 }, RangeError, 'topKMask: fanIn must be an integer in [0, 2147483647], got 2.5'],
    [{ units: 4 }, RangeError, 'topKMask: kernel must have length fanIn × units = 2 × 4 = 8, got 6'],
    [{ out: new Uint8Array(5) }, RangeError, "topKMask: out must have the kernel's length 6, got 5"],
    [{ out: new Float32Array(6) }, TypeError, 'topKMask: out must be a Uint8Array, got Float32Array'],
  ])('refuses %j', (wrong, type, message) => {
    const options = { fanIn: 2, units: 3, sparsity: 0.5, ...wrong } as Parameters<typeof topKMask>[1];
    const call = () => topKMask(new Float32Array(6), options);
    expect(call).toThrow(type);
    expect(call).toThrow(message);
  });

  it('refuses other arrays and NaN by name', () => {
    const options = { fanIn: 1, units: 3, sparsity: 0.5 };
    expect(() => topKMask([1, 2, 3] as unknown as Float32Array, options)).toThrow(
      'topKMask: kernel must be a Float32Array, got Array',
    );
    expect(() => topKMask(Float32Array.of(1, Number.NaN, Number.NaN), options)).toThrow(
      'topKMask: kernel must not contain NaN, got NaN at index 1',
    );
  });
});

describe('prunedCount', () => {
  it('takes a fraction as its shortest decimal', () => {
    expect(prunedCount(0.29, 100)).toBe(29);
    expect(prunedCount(0.57, 100)).toBe(57);
    expect(prunedCount(0.999, 1000)).toBe(999);
    expect(prunedCount(1 / 3, 10)).toBe(3);
    expect(prunedCount(0.3, 0)).toBe(0);
    expect(prunedCount(1, 7)).toBe(7);
    for (let n = 0; n <= 2000; n++) {
      for (let percent = 0; percent <= 100; percent++) {
        expect(prunedCount(percent / 100, n)).toBe(Math.floor((percent * n) / 100));
      }
    }
  });
});
