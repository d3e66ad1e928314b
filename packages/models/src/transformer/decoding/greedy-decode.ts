import * as tf from '@tensorflow/tfjs';
import { checkKeys } from '@winnow/native/value-checks';
import type { Transformer } from '../transformer.js';
import { DecodingState } from './decoding-state.js';
import { checkDecodeOptions, DECODE_OPTIONS, type DecodeOptions } from './options.js';

/**
 * Greedy decoding: takes the most likely token at every position, the lower id in a tie. Sequences that have ended
 * leave the batch.
 *
 * @param source int32 `[b, s]`, padded
 * @returns the tokens of each target, without start and end tokens
 * @throws TypeError or RangeError if an option is out of range
 */
export function greedyDecode(model: Transformer, source: tf.Tensor, options: DecodeOptions): number[][] {
  checkKeys('greedyDecode', 'options', options, DECODE_OPTIONS);
  const maximumLength = checkDecodeOptions('greedyDecode', model, source, options);
  const { start, end, cache = true } = options;
  const state = new DecodingState(model, source, cache);
  try {
    const results: number[][] = Array.from({ length: source.shape[0] as number }, () => [start]);
    let live = [...results];
    for (let length = 1; length <= maximumLength && live.length > 0; length++) {
      const logits = state.next(live);
      const best = tf.tidy(() => tf.argMax(logits, -1).dataSync() as Int32Array);
      logits.dispose();
      const going: number[] = [];
      live.forEach((tokens, row) => {
        if (best[row] === end) return;
        tokens.push(best[row] as number);
        going.push(row);
      });
      live = going.map((row) => live[row] as number[]);
      if (live.length > 0) state.select(going);
    }
    return results.map((tokens) => tokens.slice(1));
  } finally {
    state.dispose();
  }
}
