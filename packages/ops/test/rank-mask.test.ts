import { rankMask as plainRankMask, topKMask as plainTopKMask } from '@winnow/native';
import { type Pattern, rankMask, topKMask } from '@winnow/ops';
import { tf } from '@winnow/tensorflow';
import { describe, expect, it } from 'vitest';
import { fromBits, normalKernel, onEveryBackend } from './backends.js';
import golden from './golden/rank_mask.json' with { type: 'json' };

const block = (sizes: number[]): Pattern => ({ block: sizes as [number, number] });

onEveryBackend('patterns of topKMask', () => {
  for (const { name, shape, bits, ...expected } of golden.cases) {
    it(`give NumPy's masks: ${name}`, () => {
      const kernel = fromBits(bits, shape);
      const mask = topKMask(kernel, { pattern: '2:4' });
      expect([mask.dtype, mask.shape]).toEqual(['bool', shape]);
      expect(mask.dataSync().join('')).toBe(expected.twoOfFour);
      for (const { sparsity, block: sizes, mask: blocks } of expected.block) {
        expect(
          topKMask(kernel, { pattern: block(sizes), sparsity })
            .dataSync()
            .join(''),
        ).toBe(blocks);
      }
      const plain = topKMask(kernel, { pattern: 'unstructured', sparsity: 0.5 });
      expect(plain.dataSync()).toEqual(topKMask(kernel, { sparsity: 0.5 }).dataSync());
    });
  }

  it('refuse arguments out of range by name', () => {
    const call = (options: object) => () => topKMask([[1, 2]], options);
    expect(call({ pattern: '1:4', sparsity: 0.5 })).toThrow(
      "topKMask: pattern must be one of 'unstructured', '2:4', got '1:4'",
    );
    expect(call({ pattern: { block: [4] }, sparsity: 0.5 })).toThrow(TypeError);
    expect(call({ pattern: { block: [0, 4] }, sparsity: 0.5 })).toThrow(
      'topKMask: pattern.block must be an integer in [1, 2147483647], got 0',
    );
    expect(call({ pattern: '2:4', sparsity: 0.6 })).toThrow("topKMask: sparsity must be 0.5 for '2:4', got 0.6");
    expect(call({ pattern: '2:4', granularity: 'unit' })).toThrow(
      "topKMask: granularity must be 'weight' with a pattern, got 'unit'",
    );
    expect(call({ pattern: { block: [4, 4] } })).toThrow(
      'topKMask: sparsity must be a number in [0, 1], got undefined',
    );
    const nan = () => topKMask([[1], [Number.NaN]], { pattern: '2:4', name: 'conv1' });
    expect(nan).toThrow("topKMask: kernel 'conv1' must not contain NaN, got NaN at index 1");
  });
});

onEveryBackend('rankMask', () => {
  for (const { name, shape, bits, ...expected } of golden.cases) {
    it(`gives NumPy's masks: ${name}`, () => {
      const scores = fromBits(bits, shape);
      for (const scope of ['column', 'layer'] as const) {
        for (const { sparsity, mask } of expected[scope]) {
          expect(rankMask(scores, { sparsity, scope }).dataSync().join(''), `${scope} ${sparsity}`).toBe(mask);
        }
      }
    });
  }

  it('ranks across a list of tensors as NumPy does', () => {
    const scores = golden.cases.map(({ bits, shape }) => fromBits(bits, shape));
    for (const { sparsity, mask } of golden.global) {
      const masks = rankMask(scores, { sparsity, scope: 'global' });
      expect(masks.map(({ shape }) => shape)).toEqual(golden.cases.map(({ shape }) => shape));
      expect(masks.map((part) => part.dataSync().join('')).join('')).toBe(mask);
    }
  });

  it('lets no gradient through and leaves no tensor behind', () => {
    const scores = normalKernel([6, 4], 1);
    const before = tf.memory().numTensors;
    const gradient = tf.grad((w) => tf.sum(tf.mul(w, tf.cast(rankMask(tf.abs(w), { sparsity: 0.5 }), 'float32'))))(
      scores,
    );
    const mask = rankMask(tf.abs(scores), { sparsity: 0.5 });
    expect([...gradient.dataSync()]).toEqual([...mask.dataSync()]);
    tf.dispose([gradient, mask]);
    expect(tf.memory().numTensors).toBe(before + 1);
  });

  it('refuses arguments out of range by name', () => {
    const scores = tf.ones([2, 2]);
    expect(() => rankMask(scores, { sparsity: 2 })).toThrow('rankMask: sparsity must be in [0, 1], got 2');
    expect(() => rankMask(scores, { sparsity: 0, scope: 'row' as 'layer' })).toThrow(
      "rankMask: scope must be one of 'column', 'layer', 'global', got 'row'",
    );
    expect(() => rankMask([scores, tf.zeros([2], 'int32')], { sparsity: 0 })).toThrow(
      'rankMask: scores[1] must be float32, got int32',
    );
    expect(() => rankMask([scores, tf.fill([3], Number.NaN)], { sparsity: 0 })).toThrow(
      'rankMask: scores[1] must not contain NaN, got NaN at index 0',
    );
    expect(rankMask([], { sparsity: 0 })).toEqual([]);
  });
});

describe('the typed-array forms', () => {
  it('give the same masks', () => {
    const matrices = golden.cases.map(({ shape, bits }) => {
      const units = shape.at(-1) as number;
      const fanIn = shape.slice(0, -1).reduce((a, b) => a * b, 1);
      return { scores: new Float32Array(new Uint32Array(bits).buffer), fanIn, units };
    });
    for (const [i, { twoOfFour, column, layer, block: blocks }] of golden.cases.entries()) {
      const { scores, fanIn, units } = matrices[i]!;
      expect(plainTopKMask(scores, { fanIn, units, pattern: '2:4' }).join('')).toBe(twoOfFour);
      for (const { sparsity, block: sizes, mask } of blocks) {
        expect(plainTopKMask(scores, { fanIn, units, sparsity, pattern: block(sizes) }).join('')).toBe(mask);
      }
      for (const { sparsity, mask } of layer)
        expect(plainRankMask([matrices[i]!], { sparsity })[0]!.join('')).toBe(mask);
      for (const { sparsity, mask } of column) {
        expect(plainRankMask([matrices[i]!], { sparsity, scope: 'column' })[0]!.join('')).toBe(mask);
      }
    }
    for (const { sparsity, mask } of golden.global) {
      const masks = plainRankMask(matrices, { sparsity, scope: 'global' });
      expect(masks.map((part) => part.join('')).join('')).toBe(mask);
    }
  });

  it('refuse arguments out of range by name', () => {
    const item = { scores: Float32Array.of(1, 2), fanIn: 2, units: 1 };
    expect(() => plainRankMask([item], { sparsity: -1 })).toThrow('rankMask: sparsity must be in [0, 1], got -1');
    expect(() => plainRankMask([item, { ...item, fanIn: 3 }], { sparsity: 0 })).toThrow(
      'rankMask: items[1]: scores must have length fanIn × units = 3 × 1 = 3, got 2',
    );
    const nan = { ...item, scores: Float32Array.of(1, Number.NaN) };
    expect(() => plainRankMask([item, nan], { sparsity: 0 })).toThrow(
      'rankMask: items[1]: kernel must not contain NaN, got NaN at index 1',
    );
    const call = (options: object) => () => plainTopKMask(item.scores, { fanIn: 2, units: 1, ...options });
    expect(call({ pattern: '2:4', sparsity: 0.3 })).toThrow("topKMask: sparsity must be 0.5 for '2:4', got 0.3");
    expect(call({ pattern: { block: [1.5, 1] }, sparsity: 0.3 })).toThrow(
      'topKMask: pattern.block must be an integer in [1, 2147483647], got 1.5',
    );
    expect(call({ pattern: 3, sparsity: 0.3 })).toThrow(TypeError);
    const broken = () => plainTopKMask(nan.scores, { fanIn: 2, units: 1, pattern: '2:4' });
    expect(broken).toThrow('topKMask: kernel must not contain NaN, got NaN at index 1');
  });
});
