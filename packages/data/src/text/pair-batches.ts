import { checkInteger, checkKeys } from '@winnow/ops/arguments';
import { checkFields } from '../check-arguments.js';
import type { TextPairSplit } from '../formats/text-lines.js';
import { epochOrder } from '../index.js';
import { SPECIAL_TOKENS, type SubwordTokenizer } from './subword-tokenizer.js';

/** Sentence pairs as tokens, without special ones. */
export interface EncodedPairs {
  readonly source: readonly (readonly number[])[];
  readonly target: readonly (readonly number[])[];
  readonly count: number;
}

/** The pairs of a split as tokens. */
export function encodePairs(split: TextPairSplit, tokenizer: SubwordTokenizer): EncodedPairs {
  checkFields('encodePairs', 'split', split, ['source', 'target', 'count']);
  checkFields('encodePairs', 'tokenizer', tokenizer, ['encode']);
  const encode = (lines: readonly string[]) => lines.map((line) => tokenizer.encode(line));
  return { source: encode(split.source), target: encode(split.target), count: split.count };
}

/** Some pairs, filled up with padding to the length of the longest. */
export interface PairBatch {
  /** int32 `[size, sourceLength]`: the source's tokens and the end token. */
  readonly source: Int32Array;
  /** int32 `[size, targetLength]`: the start token and the target's tokens. */
  readonly input: Int32Array;
  /** int32 `[size, targetLength]`: the target's tokens and the end token, what the model is to say at each place. */
  readonly labels: Int32Array;
  readonly size: number;
  readonly sourceLength: number;
  readonly targetLength: number;
  /** Which pairs of the split these are. */
  readonly indices: readonly number[];
}

/** What decides the contents of batches of pairs. */
export interface PairBatchOptions {
  /** Pairs in a batch, ≥ 1. */
  readonly batchSize: number;
  readonly seed?: number;
  /** Which pass over the data this is, from 0. */
  readonly epoch?: number;
  /** The first batch, for resuming an interrupted run. */
  readonly start?: number;
  /** Longer sentences are cut to so many tokens, the special one included. Default 256. */
  readonly maximumLength?: number;
}

/**
 * How many batches are sorted by length together: enough to waste little on padding, few enough to keep the order
 * random.
 */
const POOL_BATCHES = 100;
/** The longest sentence, in tokens. */
const LONGEST = 2 ** 20;

/** Batches of an epoch of training: the last, incomplete one is left out. */
export function pairBatchCount(pairs: EncodedPairs, batchSize: number): number {
  checkFields('pairBatchCount', 'pairs', pairs, ['source', 'target', 'count']);
  return Math.floor(pairs.count / batchSize);
}

/**
 * The batches of one epoch of training, each of pairs of like length: the order is random, pools of 100 batches are
 * sorted by length and cut into batches, and those come in random order. All of it is a function of (seed, epoch);
 * making a batch takes microseconds, so nothing is prefetched.
 *
 * @throws RangeError, TypeError if a number is out of range or an option does not exist
 */
export function* pairBatches(pairs: EncodedPairs, options: PairBatchOptions): Generator<PairBatch, void, undefined> {
  checkFields('pairBatches', 'pairs', pairs, ['source', 'target', 'count']);
  checkKeys('pairBatches', 'options', options, ['batchSize', 'seed', 'epoch', 'start', 'maximumLength']);
  const { batchSize, seed = 0, epoch = 0, start = 0, maximumLength = 256 } = options;
  checkInteger('pairBatches', 'batchSize', batchSize, 1, Math.max(1, pairs.count));
  checkInteger('pairBatches', 'start', start, 0, pairBatchCount(pairs, batchSize));
  checkInteger('pairBatches', 'maximumLength', maximumLength, 2, LONGEST);
  const planned = planEpoch(pairs, batchSize, seed, epoch);
  for (const indices of planned.slice(start)) yield makePairBatch(pairs, indices, maximumLength);
}

/**
 * All pairs in order, for evaluation; the last batch may be smaller.
 *
 * @throws RangeError, TypeError unless `batchSize` is an integer ≥ 1 and `maximumLength` one in [2, 2²⁰]
 */
export function* pairBatchesInOrder(
  pairs: EncodedPairs,
  batchSize: number,
  maximumLength = 256,
): Generator<PairBatch, void, undefined> {
  checkFields('pairBatchesInOrder', 'pairs', pairs, ['source', 'target', 'count']);
  checkInteger('pairBatchesInOrder', 'batchSize', batchSize, 1, 2 ** 31 - 1);
  checkInteger('pairBatchesInOrder', 'maximumLength', maximumLength, 2, LONGEST);
  for (let first = 0; first < pairs.count; first += batchSize) {
    const size = Math.min(batchSize, pairs.count - first);
    yield makePairBatch(
      pairs,
      Array.from({ length: size }, (_, i) => first + i),
      maximumLength,
    );
  }
}

function planEpoch(pairs: EncodedPairs, batchSize: number, seed: number, epoch: number): number[][] {
  const order = [...epochOrder(pairs.count, { shuffle: true, seed, epoch })];
  // The target first: decoder and logits cost more per token than the encoder. Ties stay in random order.
  const lengthOf = (i: number) => (pairs.target[i] as number[]).length * 2048 + (pairs.source[i] as number[]).length;
  const planned: number[][] = [];
  const whole = pairBatchCount(pairs, batchSize) * batchSize;
  for (let pool = 0; pool < whole; pool += POOL_BATCHES * batchSize) {
    const sorted = order
      .slice(pool, Math.min(whole, pool + POOL_BATCHES * batchSize))
      .sort((a, b) => lengthOf(a) - lengthOf(b));
    for (let first = 0; first < sorted.length; first += batchSize) planned.push(sorted.slice(first, first + batchSize));
  }
  // Another seed than the pairs' own order, so that the two permutations have nothing to do with each other.
  const places = epochOrder(planned.length, { shuffle: true, seed: seed + 1, epoch });
  return Array.from(places, (place) => planned[place] as number[]);
}

function makePairBatch(pairs: EncodedPairs, indices: readonly number[], maximumLength: number): PairBatch {
  const { padding, start, end } = SPECIAL_TOKENS;
  const cut = (tokens: readonly number[]) => tokens.slice(0, maximumLength - 1);
  const sources = indices.map((i) => [...cut(pairs.source[i] as number[]), end]);
  const targets = indices.map((i) => cut(pairs.target[i] as number[]));
  const sourceLength = Math.max(...sources.map(({ length }) => length));
  const targetLength = Math.max(...targets.map(({ length }) => length + 1));
  const table = (rows: readonly (readonly number[])[], length: number) => {
    const values = new Int32Array(rows.length * length).fill(padding);
    rows.forEach((row, i) => {
      values.set(row, i * length);
    });
    return values;
  };
  return {
    source: table(sources, sourceLength),
    input: table(
      targets.map((tokens) => [start, ...tokens]),
      targetLength,
    ),
    labels: table(
      targets.map((tokens) => [...tokens, end]),
      targetLength,
    ),
    size: indices.length,
    sourceLength,
    targetLength,
    indices,
  };
}
