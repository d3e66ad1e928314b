import type * as tf from '@tensorflow/tfjs';
import { checkCount } from '../checks.js';
import type { Transformer } from '../transformer.js';

/** Options of all decoders. */
export interface DecodeOptions {
  /** The first token of every target. */
  start: number;
  /** The token that ends a target. */
  end: number;
  /**
   * Maximum length of a target in tokens, including the end token. Default: the source's length + 50, at most the
   * model's `maximumLength`.
   */
  maximumLength?: number;
  /** Keep keys and values of earlier tokens instead of recomputing them. Does not change results. Default true. */
  cache?: boolean;
}

/** The keys of `DecodeOptions`. */
export const DECODE_OPTIONS: readonly string[] = ['start', 'end', 'maximumLength', 'cache'];

/**
 * @returns the maximum length of a target
 * @throws RangeError or TypeError naming the option, its range and its value
 */
export function checkDecodeOptions(op: string, model: Transformer, source: tf.Tensor, options: DecodeOptions): number {
  const { vocabularySize, maximumLength } = model.config;
  for (const name of ['start', 'end'] as const) {
    if (checkCount(op, name, options[name], 0) < vocabularySize) continue;
    throw new RangeError(`${op}: ${name} must be in [0, ${vocabularySize - 1}], got ${options[name]}`);
  }
  if (options.maximumLength === undefined) return Math.min(maximumLength, (source.shape[1] ?? 0) + 50);
  if (checkCount(op, 'maximumLength', options.maximumLength) > maximumLength) {
    throw new RangeError(`${op}: maximumLength must be in [1, ${maximumLength}], got ${options.maximumLength}`);
  }
  return options.maximumLength;
}
