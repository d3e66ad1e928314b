import { SubwordTokenizer } from '@winnow/data';
import { translate } from '@winnow/evaluation';
import { Transformer } from '@winnow/models';
import { afterAll, describe, expect, it } from 'vitest';

const LINES = ['the dog runs', 'a', '', 'two men stand in front of a house', 'the house', 'a dog and two men'];
const tokenizer = SubwordTokenizer.learn(LINES, { vocabularySize: 280 });
const model = new Transformer({
  vocabularySize: tokenizer.vocabularySize,
  width: 16,
  innerWidth: 16,
  heads: 2,
  encoderLayers: 1,
  decoderLayers: 1,
  sharedEmbeddings: false,
  maximumLength: 12,
  seed: 2,
});
afterAll(() => model.dispose());

describe('translating lines', () => {
  it.each([1, 3])('with beam %i gives each line its own translation, whatever is decoded with it', async (beam) => {
    const together = await translate(model, tokenizer, LINES, { beam, lengthPenalty: 0.6, batchSize: 4 });
    const alone: string[] = [];
    for (const line of LINES) alone.push(...(await translate(model, tokenizer, [line], { beam, lengthPenalty: 0.6 })));
    // A batch's longest source bounds the targets of all.
    const bounded = (lines: string[]) => lines.map((line) => line.slice(0, 4));
    expect(bounded(together)).toEqual(bounded(alone));
    expect(new Set(together).size).toBeGreaterThan(1);
  });

  it('ends when it is told to', async () => {
    const signal = AbortSignal.abort();
    await expect(translate(model, tokenizer, LINES, { beam: 1, lengthPenalty: 0, signal })).rejects.toThrow(/abort/i);
  });
});
