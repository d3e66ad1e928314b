import { attention } from '@winnow/ops';
import { tf } from '@winnow/tensorflow';
import { describe, expect, it } from 'vitest';
import { normalKernel, onEveryBackend } from './backends.js';
import { type AttentionCase, attentionCases } from './golden/attention-cases.js';

function tensors({ b, heads, tq, tk, dk, dv, ...golden }: AttentionCase) {
  const of64ths = (numbers: number[], shape: number[]) =>
    tf.tensor(
      numbers.map((x) => x / 64),
      shape,
      'float32',
    );
  return {
    query: of64ths(golden.query, [b, tq, heads * dk]),
    key: of64ths(golden.key, [b, tk, heads * dk]),
    value: of64ths(golden.value, [b, tk, heads * dv]),
    dy: of64ths(golden.dy, [b, tq, heads * dv]),
    options: {
      heads,
      causal: golden.causal,
      ...(golden.scale === null ? {} : { scale: golden.scale }),
      ...(golden.mask ? { keyMask: tf.tensor2d(golden.mask, [b, tk], 'bool') } : {}),
    },
  };
}

function expectClose(actual: tf.Tensor, expected: ArrayLike<number>, tolerance = 2e-6): void {
  const values = actual.dataSync();
  expect(values.length).toBe(expected.length);
  const scale = Math.max(1, ...Array.from(expected, Math.abs));
  for (const [i, value] of values.entries()) expect(Math.abs(value - expected[i]!)).toBeLessThan(tolerance * scale);
}

/** Attention of one head as tfjs composes it. */
function composed(query: tf.Tensor, key: tf.Tensor, value: tf.Tensor, heads: number): tf.Tensor {
  const split = (tensor: tf.Tensor) => {
    const [b, tokens, width] = tensor.shape as [number, number, number];
    return tf.transpose(tf.reshape(tensor, [b, tokens, heads, width / heads]), [0, 2, 1, 3]);
  };
  const products = tf.matMul(split(query), split(key), false, true);
  const weights = tf.softmax(tf.div(products, Math.sqrt(query.shape[2]! / heads)));
  const output = tf.transpose(tf.matMul(weights, split(value)), [0, 2, 1, 3]);
  return tf.reshape(output, [query.shape[0]!, query.shape[1]!, value.shape[2]!]);
}

onEveryBackend('attention', () => {
  for (const golden of attentionCases) {
    it(`equals PyTorch, with its gradients: ${golden.name}`, () => {
      const { query, key, value, dy, options } = tensors(golden);
      const output = attention(query, key, value, options);
      expect(output.shape).toEqual(dy.shape);
      expect(output.dtype).toBe('float32');
      expectClose(output, golden.output);
      const [dQuery, dKey, dValue] = tf.grads((q, k, v) => attention(q!, k!, v!, options))([query, key, value], dy);
      expectClose(dQuery!, golden.dQuery);
      expectClose(dKey!, golden.dKey);
      expectClose(dValue!, golden.dValue);
    });
  }

  it('has the gradients of finite differences', () => {
    const inputs = [normalKernel([2, 3, 4], 1), normalKernel([2, 4, 4], 2), normalKernel([2, 4, 6], 3)];
    const weights = normalKernel([2, 3, 6], 4);
    const keyMask = tf.tensor2d([1, 0, 1, 1, 1, 1, 1, 0], [2, 4], 'bool');
    const loss = (...[q, k, v]: tf.Tensor[]) =>
      tf.sum(tf.mul(weights, attention(q!, k!, v!, { heads: 2, causal: 'lower-right', keyMask }))) as tf.Scalar;
    const gradients = tf
      .grads(loss)(inputs)
      .map((gradient) => gradient.dataSync());
    const h = 1e-2;
    for (const [argument, input] of inputs.entries()) {
      const start = input.dataSync().slice();
      for (const [i, value] of start.entries()) {
        const at = (delta: number) => {
          const moved = Float32Array.from(start);
          moved[i] = value + delta;
          return loss(...inputs.with(argument, tf.tensor(moved, input.shape))).dataSync()[0]!;
        };
        const expected = gradients[argument]![i]!;
        expect(Math.abs((at(h) - at(-h)) / (2 * h) - expected)).toBeLessThan(0.01 * (1 + Math.abs(expected)));
      }
    }
  });

  it('gives a gradient to a tensor that is query, key and value at once', () => {
    const x = normalKernel([2, 5, 8], 5);
    const self = (t: tf.Tensor) => attention(t, t, t, { heads: 2 });
    expectClose(self(x), composed(x, x, x, 2).dataSync());
    const expected = tf.grad((t: tf.Tensor) => tf.sum(tf.square(composed(t, t, t, 2))))(x);
    expectClose(tf.grad((t: tf.Tensor) => tf.sum(tf.square(self(t))))(x), expected.dataSync(), 1e-5);
  });

  it('accepts empty batches, queries, keys and fully masked rows', () => {
    for (const [b, tq, tk] of [
      [0, 3, 3],
      [2, 0, 3],
      [2, 3, 0],
    ] as const) {
      const inputs = [tf.ones([b, tq, 4]), tf.ones([b, tk, 4]), tf.ones([b, tk, 6])];
      const output = attention(inputs[0]!, inputs[1]!, inputs[2]!, { heads: 2 });
      expect(output.shape).toEqual([b, tq, 6]);
      expect(Math.max(0, ...output.dataSync())).toBe(0);
      const gradients = tf.grads((q, k, v) => tf.sum(attention(q!, k!, v!, { heads: 2 })))(inputs);
      for (const [i, gradient] of gradients.entries()) {
        expect(gradient.shape).toEqual(inputs[i]!.shape);
        for (const value of gradient.dataSync()) expect(value).toBe(0);
      }
    }
    const x = tf.ones([2, 6, 4]);
    const keyMask = tf.tensor2d([1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0], [2, 6], 'bool');
    const output = attention(x, x, x, { heads: 1, keyMask }).arraySync();
    expect(output[0]!.flat()).toEqual(new Array(24).fill(1));
    expect(output[1]!.flat()).toEqual(new Array(24).fill(0));
  });

  it('decodes token by token as it trains', () => {
    const [q, k, v] = [normalKernel([1, 9, 8], 6), normalKernel([1, 9, 8], 7), normalKernel([1, 9, 8], 8)];
    const all = attention(q, k, v, { heads: 2, causal: true });
    const first = (tensor: tf.Tensor, from: number, count: number) => tf.slice(tensor, [0, from, 0], [1, count, 8]);
    for (let t = 0; t < 9; t++) {
      const cached = attention(first(q, t, 1), first(k, 0, t + 1), first(v, 0, t + 1), { heads: 2 });
      expectClose(cached, first(all, t, 1).dataSync());
    }
    const chunk = attention(first(q, 4, 5), k, v, { heads: 2, causal: 'lower-right' });
    expectClose(chunk, first(all, 4, 5).dataSync());
  });

  it('leaves no tensor behind', () => {
    const [q, k, v] = [normalKernel([2, 9, 8], 9), normalKernel([2, 7, 8], 10), normalKernel([2, 7, 8], 11)];
    const keyMask = tf.ones([2, 7], 'bool');
    const before = tf.memory().numTensors;
    for (let i = 0; i < 3; i++) {
      attention(q, k, v, { heads: 2 }).dispose();
      tf.dispose(tf.grads((a, b, c) => tf.sum(attention(a!, b!, c!, { heads: 2, keyMask })))([q, k, v]));
    }
    expect(tf.memory().numTensors).toBe(before);
  });

  it('refuses bad arguments by name', () => {
    const x = tf.ones([2, 3, 8]);
    const anything = attention as (q: unknown, k: unknown, v: unknown, options: object) => tf.Tensor;
    expect(() => anything(x, x, x, {})).toThrow(
      'attention: heads must be an integer in [1, 2147483647], got undefined',
    );
    expect(() => anything(x, x, x, { heads: 0 })).toThrow(RangeError);
    expect(() => anything(x, x, x, { heads: 3 })).toThrow(
      'attention: query must have shape [batch, tokens, 3 · dim], got [2,3,8]',
    );
    expect(() => anything([1], x, x, { heads: 1 })).toThrow('attention: query must be a float32 tensor');
    expect(() => anything(x, tf.ones([2, 3, 4]), x, { heads: 2 })).toThrow(
      'attention: key must have shape [2, 3, 8], got [2, 3, 4]',
    );
    expect(() => anything(x, x, tf.ones([2, 4, 8]), { heads: 2 })).toThrow(
      'attention: value must have shape [2, 3, 8], got [2, 4, 8]',
    );
    expect(() => anything(x, x, x, { heads: 2, keyMask: tf.ones([2, 3]) })).toThrow(
      'attention: keyMask must be a bool tensor',
    );
    expect(() => anything(x, x, x, { heads: 2, keyMask: tf.ones([2, 4], 'bool') })).toThrow(
      'attention: keyMask must have shape [2, 3], got [2, 4]',
    );
    expect(() => anything(x, x, x, { heads: 2, causal: 'left' })).toThrow(
      "attention: causal must be one of 'upper-left', 'lower-right', got 'left'",
    );
    expect(() => anything(x, x, x, { heads: 2, scale: '1' })).toThrow('attention: scale must be a number, got 1');
    expect(() => anything(x, x, x, { heads: 2, scale: Number.NaN })).toThrow(
      'attention: scale must be finite, got NaN',
    );
  });
});

describe('attention', () => {
  it('agrees on every backend over several blocks', () => {
    const results = (['tensorflow', 'cpu'] as const).map((backend) => {
      tf.setBackend(backend);
      const inputs = [normalKernel([2, 150, 40], 12), normalKernel([2, 140, 40], 13), normalKernel([2, 140, 24], 14)];
      const f = (...[q, k, v]: tf.Tensor[]) => attention(q!, k!, v!, { heads: 2, causal: 'lower-right' });
      const gradients = tf.grads((...t: tf.Tensor[]) => tf.sum(tf.square(f(...t))))(inputs);
      return [f(...inputs), ...gradients].map((tensor) => ({ tensor, values: tensor.dataSync() }));
    });
    tf.setBackend('tensorflow');
    for (const [part, { values }] of results[0]!.entries()) {
      expectClose(tf.tensor1d(values), results[1]![part]!.values, 1e-5);
    }
  });
});
