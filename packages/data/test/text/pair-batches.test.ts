import {
  encodePairs,
  type PairBatch,
  pairBatchCount,
  pairBatches,
  pairBatchesInOrder,
  SubwordTokenizer,
} from '@winnow/data';
import { describe, expect, it } from 'vitest';

const COUNT = 103;
/** Pair i: a source of 1 + 7i mod 9 tokens of id 10 + i, a target of 1 + 5i mod 11. */
const pairs = {
  source: Array.from({ length: COUNT }, (_, i) => new Array<number>(1 + ((7 * i) % 9)).fill(10 + i)),
  target: Array.from({ length: COUNT }, (_, i) => new Array<number>(1 + ((5 * i) % 11)).fill(10 + i)),
  count: COUNT,
};
const indicesOf = (batches: Iterable<PairBatch>) => [...batches].map(({ indices }) => [...indices]);

describe('batches of pairs', () => {
  it('hold start, end and padding where they belong', () => {
    const [batch] = pairBatchesInOrder({ source: [[5, 6], [7]], target: [[8], [9, 10, 11]], count: 2 }, 4);
    expect(batch).toEqual({
      source: Int32Array.of(5, 6, 2, 7, 2, 0),
      input: Int32Array.of(1, 8, 0, 0, 1, 9, 10, 11),
      labels: Int32Array.of(8, 2, 0, 0, 9, 10, 11, 2),
      size: 2,
      sourceLength: 3,
      targetLength: 4,
      indices: [0, 1],
    });
  });

  it('hold every pair once in an epoch, but for those of a last incomplete batch', () => {
    const seen = indicesOf(pairBatches(pairs, { batchSize: 10, seed: 4, epoch: 2 }));
    expect(seen).toHaveLength(pairBatchCount(pairs, 10));
    expect(new Set(seen.flat()).size).toBe(100);
    expect(indicesOf(pairBatchesInOrder(pairs, 10)).flat()).toEqual(Array.from({ length: COUNT }, (_, i) => i));
  });

  it('are a function of seed, epoch and start', () => {
    const all = [...pairBatches(pairs, { batchSize: 10, seed: 4, epoch: 2 })];
    expect([...pairBatches(pairs, { batchSize: 10, seed: 4, epoch: 2, start: 7 })]).toEqual(all.slice(7));
    const order = indicesOf(all);
    expect(indicesOf(pairBatches(pairs, { batchSize: 10, seed: 4, epoch: 3 }))).not.toEqual(order);
    expect(indicesOf(pairBatches(pairs, { batchSize: 10, seed: 5, epoch: 2 }))).not.toEqual(order);
  });

  it('join pairs of like length, in an order that is not that of their lengths', () => {
    const lengths = [...pairBatches(pairs, { batchSize: 10 })].map(({ indices }) =>
      indices.map((i) => pairs.target[i]!.length),
    );
    for (const batch of lengths) expect(Math.max(...batch) - Math.min(...batch)).toBeLessThanOrEqual(2);
    const firsts = lengths.map(([first]) => first!);
    expect(firsts).not.toEqual([...firsts].sort((a, b) => a - b));
  });

  it('cut what is too long', () => {
    const [batch] = pairBatchesInOrder(pairs, COUNT, 5);
    expect([batch!.sourceLength, batch!.targetLength]).toEqual([5, 5]);
  });

  it('come from text', () => {
    const tokenizer = SubwordTokenizer.learn(['a b'], { vocabularySize: 259 });
    const encoded = encodePairs({ source: ['a', 'a b'], target: ['b', ''], count: 2 }, tokenizer);
    expect(encoded.source.map((tokens) => tokenizer.decode(tokens))).toEqual(['a', 'a b']);
    expect(encoded.target.map((tokens) => tokenizer.decode(tokens))).toEqual(['b', '']);
  });

  it.each([
    [{ batchSize: 0 }, 'pairBatches: batchSize must be an integer in [1, 103], got 0'],
    [{ batchSize: 104 }, 'pairBatches: batchSize must be an integer in [1, 103], got 104'],
    [{ batchSize: 10, start: 11 }, 'pairBatches: start must be an integer in [0, 10], got 11'],
    [{ batchSize: 10, maximumLength: 1 }, 'pairBatches: maximumLength must be an integer in [2, 1048576], got 1'],
    [{ batchSize: 10, sed: 1 }, "pairBatches: options has no 'sed'; did you mean 'seed'?"],
  ])('refuse %o', (options, message) => {
    expect(() => [...pairBatches(pairs, options)]).toThrow(message);
  });

  it('in order refuse a size that would never end', () => {
    for (const size of [0, -1, 0.5, Number.NaN]) {
      expect(() => pairBatchesInOrder(pairs, size).next()).toThrow(
        'pairBatchesInOrder: batchSize must be an integer in',
      );
    }
    expect(() => pairBatchesInOrder(pairs, 8, 1).next()).toThrow(
      'pairBatchesInOrder: maximumLength must be an integer in',
    );
  });
});
