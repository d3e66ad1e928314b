import { attention, attentionGrad } from '@winnow/native';
import { beforeAll, describe, expect, it } from 'vitest';
import { type AttentionCase, attentionCases } from '../../packages/ops/test/golden/attention-cases.js';
import { builtAddon, viewOf } from './support.js';

beforeAll(builtAddon);

function expectClose(actual: Float32Array, expected: readonly number[]): void {
  expect(actual.length).toBe(expected.length);
  for (const [i, value] of actual.entries()) expect(Math.abs(value - expected[i]!)).toBeLessThan(5e-6);
}

function read(golden: AttentionCase) {
  const { b, heads, tq, tk, dk, dv, causal, scale, mask } = golden;
  const array = (numbers: number[]) => Float32Array.from(numbers, (x) => x / 64);
  return {
    query: array(golden.query),
    key: array(golden.key),
    value: array(golden.value),
    dy: array(golden.dy),
    options: {
      batch: b,
      heads,
      queries: tq,
      keys: tk,
      keyDim: dk,
      valueDim: dv,
      causal,
      ...(scale === null ? {} : { scale }),
      ...(mask ? { keyMask: Uint8Array.from(mask) } : {}),
    },
  };
}

describe('attention on typed arrays', () => {
  for (const golden of attentionCases) {
    it(`equals PyTorch, with its gradients: ${golden.name}`, () => {
      const { query, key, value, dy, options } = read(golden);
      const forward = attention(query, key, value, options);
      expectClose(forward.output, golden.output);
      const gradients = attentionGrad(query, key, value, options, forward, dy);
      expectClose(gradients.dQuery, golden.dQuery);
      expectClose(gradients.dKey, golden.dKey);
      expectClose(gradients.dValue, golden.dValue);
    });
  }

  it('reads parts of larger buffers, shared ones too', () => {
    const { query, key, value, options } = read(attentionCases[1]!);
    const expected = attention(query, key, value, options).output;
    for (const Buffer of [ArrayBuffer, SharedArrayBuffer]) {
      const views = [query, key, value].map((array) => viewOf(array, Buffer));
      expect(attention(views[0]!, views[1]!, views[2]!, options).output).toEqual(expected);
    }
  });

  it('writes into given arrays', () => {
    const { query, key, value, options } = read(attentionCases[0]!);
    const expected = attention(query, key, value, options);
    const out = {
      output: new Float32Array(expected.output.length),
      logSumExp: new Float32Array(expected.logSumExp.length),
    };
    expect(attention(query, key, value, options, out)).toBe(out);
    expect(out).toEqual(expected);
  });

  it('refuses bad arguments by name', () => {
    const { query, key, value, options } = read(attentionCases[0]!);
    const call = attention as (q: unknown, k: unknown, v: unknown, options: object) => unknown;
    expect(() => call(query, key, value, { ...options, heads: -1 })).toThrow('attention: heads must be an integer');
    expect(() => call(query, key, value, { ...options, keys: 6 })).toThrow(RangeError);
    expect(() => call(query, key, value, { ...options, keys: 6 })).toThrow(/^attention: key must have length 96/);
    expect(() => call([1], key, value, options)).toThrow(TypeError);
    expect(() => call(query, key, value, { ...options, causal: 'left' })).toThrow(
      "attention: causal must be one of 'none', 'upper-left', 'lower-right', got 'left'",
    );
    expect(() => call(query, key, value, { ...options, keyMask: new Uint8Array(9) })).toThrow(/keyMask/);
  });
});
