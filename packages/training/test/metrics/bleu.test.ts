import { readFileSync } from 'node:fs';
import { corpusBleu, tokenize13a } from '@winnow/training';
import { describe, expect, it } from 'vitest';

interface Golden {
  tokens: { line: string; tokens: string[] }[];
  corpora: {
    name: string;
    hypotheses: string[];
    references: string[][];
    scores: (ReturnType<typeof corpusBleu> & { lowerCase: boolean })[];
  }[];
}

const golden = JSON.parse(readFileSync(new URL('./golden/bleu.json', import.meta.url), 'utf8')) as Golden;

describe("BLEU is sacreBLEU's", () => {
  it.each(golden.tokens)('for the tokens of $line', ({ line, tokens }) => {
    expect(tokenize13a(line)).toEqual(tokens);
  });

  it.each(golden.corpora)('for $name', ({ hypotheses, references, scores }) => {
    for (const { lowerCase, ...expected } of scores) {
      const { score, precisions, brevityPenalty, ...counts } = corpusBleu(hypotheses, references, { lowerCase });
      expect(score).toBeCloseTo(expected.score, 9);
      expect(brevityPenalty).toBeCloseTo(expected.brevityPenalty, 12);
      precisions.forEach((precision, i) => {
        expect(precision).toBeCloseTo(expected.precisions[i]!, 9);
      });
      expect(counts).toEqual({
        correct: expected.correct,
        total: expected.total,
        hypothesisLength: expected.hypothesisLength,
        referenceLength: expected.referenceLength,
        signature: expected.signature,
      });
    }
  });

  it('refuses lists of different lengths', () => {
    expect(() => corpusBleu([], [[]])).toThrow('corpusBleu: hypotheses must have at least 1 line, got 0');
    expect(() => corpusBleu(['a'], [])).toThrow('corpusBleu: references must have at least 1 list, got 0');
    expect(() => corpusBleu(['a'], [['a'], ['a', 'b']])).toThrow(
      'corpusBleu: references[1] must have as many lines as hypotheses, 1, got 2',
    );
  });
});
