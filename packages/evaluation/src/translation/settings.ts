import type { transformerSizes } from '@winnow/models';
import { z } from 'zod';
import { execution } from '../runs/settings.js';
import { checkSettings, readNumber, setting } from '../schema/settings.js';
import { fractionBelowOne, integer, nonNegative, oneOf, positive, truth } from '../schema/values.js';

/** Those of `transformerSizes`, which is not loaded for the command line's help. */
const SIZES = ['base', 'small'] as const satisfies readonly (keyof typeof transformerSizes)[];

const count = (low = 1) => integer(low);
const rate = () => fractionBelowOne;
const n = { value: 'n', read: readNumber };

/**
 * Everything that decides a translation run's result, besides the data. The defaults are the run of the documentation.
 */
export const translationSettings = z.strictObject({
  size: setting(oneOf(...SIZES).default('small'), 'of the Transformer: base or small', { value: 'name' }),
  norm: setting(oneOf('pre', 'post').default('pre'), 'LayerNorm before a sublayer or after it: pre or post', {
    value: 'place',
  }),
  dropout: setting(rate().default(0.1), 'of embeddings and sublayers', { value: 'rate', read: readNumber }),
  labelSmoothing: setting(rate().default(0.1), 'probability taken from the right token', {
    value: 'rate',
    read: readNumber,
  }),
  // 256 bytes and the three special tokens are always in it.
  vocabularySize: setting(count(259).default(8000), 'tokens of the joint vocabulary', n),
  lowerCase: setting(truth.default(true), 'convert text to lower case'),
  execution,
  epochs: setting(count().default(6), 'passes over the training pairs', n),
  batchSize: setting(count().default(64), 'sentence pairs per step', n),
  learningRate: setting(positive.default(1.2e-3), 'the highest rate of the one-cycle schedule', {
    value: 'rate',
    read: readNumber,
  }),
  warmup: setting(rate().default(0.15), 'fraction of all steps before the peak', {
    value: 'fraction',
    read: readNumber,
  }),
  beta2: setting(rate().default(0.98), 'of Adam: in [0, 1)', { value: 'β', read: readNumber }),
  epsilon: setting(positive.default(1e-9), 'of Adam', { value: 'ε', read: readNumber }),
  seed: setting(count(0).default(0), 'of weights, data order and masks', n),
  beam: setting(count().default(4), 'hypotheses of beam search', n),
  lengthPenalty: setting(nonNegative.default(0.6), 'α of the length penalty ((5 + n)/6)^α', {
    value: 'α',
    read: readNumber,
  }),
});

/** A translation run's settings, every default filled in. */
export type TranslationSettings = z.output<typeof translationSettings>;

/** The run of the documentation: the small Transformer on Multi30k. */
export const TRANSLATION_DEFAULTS: TranslationSettings = translationSettings.parse({});

/** The settings with every default filled in. @throws RangeError naming the setting, its range and its value */
export function checkTranslationSettings(caller: string, settings: TranslationSettings): TranslationSettings {
  return checkSettings(translationSettings, settings, caller);
}
