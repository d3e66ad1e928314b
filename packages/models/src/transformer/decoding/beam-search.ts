import * as tf from '@tensorflow/tfjs';
import { checkKeys } from '@winnow/native/value-checks';
import { checkCount } from '../checks.js';
import type { Transformer } from '../transformer.js';
import { DecodingState } from './decoding-state.js';
import { checkDecodeOptions, DECODE_OPTIONS, type DecodeOptions } from './options.js';
import { type Candidate, SentenceBeam } from './sentence-beam.js';

/** Options of `beamSearch`. */
export interface BeamOptions extends DecodeOptions {
  /** Hypotheses kept per source, an integer ≥ 1. Default 4. */
  beam?: number;
  /** α ≥ 0: hypotheses are ranked by log-probability / ((5 + length)/6)^α. Default 0.6. */
  lengthPenalty?: number;
}

/** A target sequence found by beam search. */
export interface Hypothesis {
  /** Without start and end tokens. */
  readonly tokens: readonly number[];
  /** Log-probability of all tokens, including the end token. */
  readonly logProbability: number;
  /** The log-probability divided by the length penalty. */
  readonly score: number;
}

/**
 * Beam search: keeps the `beam` most likely prefixes of each target until `beam` hypotheses have ended. Ties go to the
 * earlier hypothesis, then to the lower token id, so the result depends only on the weights and the source.
 *
 * @param source int32 `[b, s]`, padded
 * @returns the hypotheses of each source, best first
 * @throws TypeError or RangeError if an option is out of range
 * @see Wu et al., "Google's Neural Machine Translation System", arXiv 1609.08144, section 7
 */
export function beamSearch(model: Transformer, source: tf.Tensor, options: BeamOptions): Hypothesis[][] {
  const op = 'beamSearch';
  checkKeys(op, 'options', options, [...DECODE_OPTIONS, 'beam', 'lengthPenalty']);
  const maximumLength = checkDecodeOptions(op, model, source, options);
  const beam = checkCount(op, 'beam', options.beam ?? 4);
  const { start, end, cache = true, lengthPenalty = 0.6 } = options;
  if (!(lengthPenalty >= 0 && Number.isFinite(lengthPenalty))) {
    throw new RangeError(`${op}: lengthPenalty must be ≥ 0, got ${lengthPenalty}`);
  }
  const state = new DecodingState(model, source, cache);
  try {
    const sentences = Array.from(
      { length: source.shape[0] as number },
      () => new SentenceBeam({ beam, lengthPenalty, start, end, maximumLength }),
    );
    let live = sentences;
    while (live.length > 0) {
      const candidates = bestTokens(state.next(live.flatMap(({ rows }) => rows.map(({ tokens }) => tokens))), 2 * beam);
      const rows: number[] = [];
      let first = 0;
      for (const sentence of live) {
        const count = sentence.rows.length;
        for (const row of sentence.advance(candidates.slice(first, first + count))) rows.push(first + row);
        first += count;
      }
      live = live.filter((sentence) => !sentence.isDone);
      if (live.length > 0) state.select(rows);
    }
    return sentences.map((sentence) => sentence.results());
  } finally {
    state.dispose();
  }
}

/** The most likely tokens of each row, best first, with their log-probabilities. Disposes the logits. */
function bestTokens(logits: tf.Tensor2D, count: number): Candidate[][] {
  return tf.tidy(() => {
    const k = Math.min(count, logits.shape[1]);
    const { values, indices } = tf.topk(tf.logSoftmax(logits), k);
    logits.dispose();
    const [logProbabilities, tokens] = [values.dataSync(), indices.dataSync()];
    return Array.from({ length: values.shape[0] as number }, (_, row) =>
      Array.from({ length: k }, (_, i) => ({
        token: tokens[row * k + i] as number,
        logProbability: logProbabilities[row * k + i] as number,
      })),
    );
  });
}
