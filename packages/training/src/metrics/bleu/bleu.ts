import { checkOptions } from '../../arguments.js';
import { countNgrams, ORDERS } from './ngrams.js';
import { tokenize13a } from './tokenize-13a.js';

/** Options of `corpusBleu`. */
export interface BleuOptions {
  /** Ignore case. Default false. */
  lowerCase?: boolean;
}

/** A corpus's BLEU score and its parts. */
export interface Bleu {
  /** In [0, 100]. */
  readonly score: number;
  /** Precision in percent for n-grams of order n = 1 … 4, smoothed for an order without a match. */
  readonly precisions: readonly number[];
  readonly correct: readonly number[];
  readonly total: readonly number[];
  readonly brevityPenalty: number;
  /** Tokens in all hypotheses, and in the reference nearest in length to each of them. */
  readonly hypothesisLength: number;
  readonly referenceLength: number;
  /** Every setting that affects the score, in sacreBLEU's notation: `nrefs:1|case:lc|eff:no|tok:13a|smooth:exp`. */
  readonly signature: string;
}

/**
 * BLEU of a corpus, equal to sacreBLEU's: mteval-v13a tokens, exponential smoothing.
 *
 * @param hypotheses one untokenized line per segment
 * @param references one list of lines per reference translation, each as long as `hypotheses`
 * @throws RangeError if there are no hypotheses or references, or a list differs in length
 * @see Papineni et al. 2002; Post, "A Call for Clarity in Reporting BLEU Scores", 2018
 */
export function corpusBleu(
  hypotheses: readonly string[],
  references: readonly (readonly string[])[],
  options: BleuOptions = {},
): Bleu {
  checkOptions('corpusBleu', options, ['lowerCase']);
  const { lowerCase = false } = options;
  for (const [name, value] of Object.entries({ hypotheses, references })) {
    if (!Array.isArray(value)) throw new TypeError(`corpusBleu: ${name} must be an array, got ${value}`);
  }
  if (hypotheses.length === 0) throw new RangeError('corpusBleu: hypotheses must have at least 1 line, got 0');
  if (references.length === 0) throw new RangeError('corpusBleu: references must have at least 1 list, got 0');
  references.forEach((lines, i) => {
    if (lines.length === hypotheses.length) return;
    throw new RangeError(
      `corpusBleu: references[${i}] must have as many lines as hypotheses, ${hypotheses.length}, got ${lines.length}`,
    );
  });
  const tokens = (line: string) => tokenize13a(lowerCase ? line.toLowerCase() : line);
  const correct = new Array<number>(ORDERS).fill(0);
  const total = new Array<number>(ORDERS).fill(0);
  let hypothesisLength = 0;
  let referenceLength = 0;
  hypotheses.forEach((line, segment) => {
    const hypothesis = tokens(line);
    const candidates = references.map((lines) => tokens(lines[segment] as string));
    hypothesisLength += hypothesis.length;
    referenceLength += nearestLength(
      hypothesis.length,
      candidates.map(({ length }) => length),
    );
    const counts = candidates.map(countNgrams);
    countNgrams(hypothesis).forEach((ngrams, order) => {
      for (const [ngram, count] of ngrams) {
        const most = Math.max(...counts.map((reference) => reference[order]?.get(ngram) ?? 0));
        total[order] = (total[order] as number) + count;
        correct[order] = (correct[order] as number) + Math.min(count, most);
      }
    });
  });
  const brevityPenalty = brevity(hypothesisLength, referenceLength);
  const { precisions, mean } = smoothedPrecisions(correct, total);
  return {
    score: brevityPenalty * mean,
    precisions,
    correct,
    total,
    brevityPenalty,
    hypothesisLength,
    referenceLength,
    signature: `nrefs:${references.length}|case:${lowerCase ? 'lc' : 'mixed'}|eff:no|tok:13a|smooth:exp`,
  };
}

/** The length nearest to `length`; the shorter one if two are equally near. */
function nearestLength(length: number, lengths: readonly number[]): number {
  return lengths.reduce((best, other) => {
    const [now, then] = [Math.abs(other - length), Math.abs(best - length)];
    return now < then || (now === then && other < best) ? other : best;
  });
}

function brevity(hypothesisLength: number, referenceLength: number): number {
  if (hypothesisLength >= referenceLength) return 1;
  return hypothesisLength === 0 ? 0 : Math.exp(1 - referenceLength / hypothesisLength);
}

/** The precisions and their geometric mean. Orders without a match count as 1/2, 1/4, … of a match. */
function smoothedPrecisions(
  correct: readonly number[],
  total: readonly number[],
): { precisions: number[]; mean: number } {
  const precisions = new Array<number>(ORDERS).fill(0);
  if (correct.every((count) => count === 0)) return { precisions, mean: 0 };
  let halvings = 1;
  for (let order = 0; order < ORDERS && total[order] !== 0; order++) {
    const [found, all] = [correct[order] as number, total[order] as number];
    if (found === 0) halvings *= 2;
    precisions[order] = (100 * (found === 0 ? 1 / halvings : found)) / all;
  }
  if (precisions.includes(0)) return { precisions, mean: 0 };
  return { precisions, mean: Math.exp(precisions.reduce((sum, precision) => sum + Math.log(precision), 0) / ORDERS) };
}
