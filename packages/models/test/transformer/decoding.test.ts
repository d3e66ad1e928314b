import { beamSearch, greedyDecode, type Hypothesis, Transformer } from '@winnow/models';
import { tf } from '@winnow/tensorflow';
import { afterAll, describe, expect, it } from 'vitest';

const START = 1;
const END = 2;
const tokens = { start: START, end: END };
const source = tf.tensor2d([4, 7, 11, 9, 5, 0, 6, 0, 0, 10, 3, 8], [4, 3], 'int32');

/**
 * A model whose targets end early and differ. Logits need their own matrix; otherwise every token would repeat itself.
 */
function model(seed: number): Transformer {
  const made = new Transformer({
    vocabularySize: 12,
    width: 8,
    innerWidth: 16,
    heads: 2,
    encoderLayers: 1,
    decoderLayers: 2,
    norm: 'pre',
    sharedEmbeddings: false,
    seed,
    maximumLength: 24,
  });
  const embedding = made.variables.get('logits_embedding')!;
  tf.tidy(() => embedding.assign(tf.mul(embedding, 2)));
  return made;
}

const models = [3, 4].map(model);
afterAll(() => {
  for (const one of models) one.dispose();
});

/** Log-probabilities of each token after a beginning, by a whole pass of the model. */
function nextLogProbabilities(of: Transformer, row: number, beginning: readonly number[]): number[] {
  return tf.tidy(() => {
    const target = tf.tensor2d([...beginning], [1, beginning.length], 'int32');
    const logits = of.apply(tf.slice(source, [row, 0], [1, 3]), target);
    return [...tf.logSoftmax(tf.slice(logits, [0, beginning.length - 1, 0], [1, 1, 12])).dataSync()];
  });
}

/** Plain beam search over whole passes, one source, written for clearness alone. */
function plainBeam(of: Transformer, row: number, beam: number, alpha: number, maximumLength: number): Hypothesis[] {
  let live: { tokens: number[]; sum: number }[] = [{ tokens: [], sum: 0 }];
  const done: Hypothesis[] = [];
  const end = (list: number[], sum: number, length: number) =>
    done.push({ tokens: list, logProbability: sum, score: sum / ((5 + length) / 6) ** alpha });
  for (let length = 1; done.length < beam && length <= maximumLength; length++) {
    const all = live
      .flatMap(({ tokens: list, sum }) =>
        nextLogProbabilities(of, row, [START, ...list]).map((p, token) => ({ list, token, sum: sum + p })),
      )
      .sort((a, b) => b.sum - a.sum);
    for (const { list, token, sum } of all.slice(0, beam)) if (token === END) end(list, sum, length);
    live = all
      .filter(({ token }) => token !== END)
      .slice(0, beam)
      .map(({ list, token, sum }) => ({ tokens: [...list, token], sum }));
    if (done.length < beam && length === maximumLength)
      for (const { tokens: list, sum } of live) end(list, sum, length);
  }
  return done.sort((a, b) => b.score - a.score).slice(0, beam);
}

describe('greedy decoding', () => {
  it('takes the likeliest token at each position, in a batch or alone, with or without the cache', () => {
    for (const one of models) {
      const expected = [0, 1, 2, 3].map((row) => {
        const list: number[] = [];
        while (list.length < 9) {
          const p = nextLogProbabilities(one, row, [START, ...list]);
          const best = p.indexOf(Math.max(...p));
          if (best === END) break;
          list.push(best);
        }
        return list;
      });
      for (const cache of [true, false]) {
        expect(greedyDecode(one, source, { ...tokens, maximumLength: 9, cache })).toEqual(expected);
      }
      const alone = [0, 1, 2, 3].map((row) =>
        greedyDecode(one, tf.slice(source, [row, 0], [1, 3]), { ...tokens, maximumLength: 9 }),
      );
      expect(alone.flat()).toEqual(expected);
    }
  });

  it('gives targets of different lengths here; otherwise the tests above would prove little', () => {
    const lengths = models
      .flatMap((one) => greedyDecode(one, source, { ...tokens, maximumLength: 9 }))
      .map((t) => t.length);
    expect(new Set(lengths).size).toBeGreaterThan(2);
    expect(Math.min(...lengths)).toBeLessThan(9);
  });
});

describe('beam search', () => {
  it.each([
    [2, 0],
    [4, 0.6],
    [12, 1.5],
  ])('with beam %i and length penalty %f equals the plain one, with the cache and without', (beam, lengthPenalty) => {
    for (const one of models) {
      const expected = [0, 1, 2, 3].map((row) => plainBeam(one, row, beam, lengthPenalty, 7));
      for (const cache of [true, false]) {
        const found = beamSearch(one, source, { ...tokens, beam, lengthPenalty, maximumLength: 7, cache });
        found.forEach((hypotheses, row) => {
          expect(hypotheses.map((h) => h.tokens)).toEqual(expected[row]!.map((h) => h.tokens));
          hypotheses.forEach((h, i) => {
            expect(h.score).toBeCloseTo(expected[row]![i]!.score, 4);
            expect(h.logProbability).toBeCloseTo(expected[row]![i]!.logProbability, 4);
          });
        });
      }
    }
  });

  it('with one hypothesis is greedy decoding', () => {
    for (const one of models) {
      const best = beamSearch(one, source, { ...tokens, beam: 1, maximumLength: 9 }).map(([first]) => first!.tokens);
      expect(best).toEqual(greedyDecode(one, source, { ...tokens, maximumLength: 9 }));
    }
  });

  it('breaks ties by the lower token', () => {
    const even = model(3);
    for (const [path, variable] of even.variables)
      if (path === 'logits_embedding') variable.assign(tf.zerosLike(variable));
    const [hypotheses] = beamSearch(even, source, { ...tokens, beam: 2, maximumLength: 2 });
    // Every token is equally likely: from the first two tokens to their first two continuations.
    expect(hypotheses!.map((h) => h.tokens)).toEqual([
      [0, 0],
      [0, 1],
    ]);
    even.dispose();
  });

  it('leaves no tensor behind', () => {
    const before = tf.memory().numTensors;
    beamSearch(models[0]!, source, { ...tokens, maximumLength: 6 });
    beamSearch(models[0]!, source, { ...tokens, maximumLength: 6, cache: false });
    greedyDecode(models[0]!, source, tokens);
    expect(tf.memory().numTensors).toBe(before);
  });

  it.each([
    [{ beam: 0 }, 'beamSearch: beam must be an integer ≥ 1, got 0'],
    [{ lengthPenalty: -1 }, 'beamSearch: lengthPenalty must be ≥ 0, got -1'],
    [{ end: 12 }, 'beamSearch: end must be in [0, 11], got 12'],
    [{ maximumLength: 25 }, 'beamSearch: maximumLength must be in [1, 24], got 25'],
  ])('refuses %o', (options, message) => {
    expect(() => beamSearch(models[0]!, source, { ...tokens, ...options })).toThrow(message);
  });
});
