import { transformerSizes } from '@winnow/models';

/** Everything that decides a translation run's result, besides the data. */
export interface TranslationSettings {
  /** A size of `transformerSizes`. */
  size: keyof typeof transformerSizes;
  norm: 'pre' | 'post';
  dropout: number;
  labelSmoothing: number;
  /** Tokens of the joint vocabulary. */
  vocabularySize: number;
  lowerCase: boolean;
  epochs: number;
  /** Sentence pairs per step. */
  batchSize: number;
  /** The highest rate of the one-cycle schedule. */
  learningRate: number;
  /** Fraction of all steps before the peak. */
  warmup: number;
  beta2: number;
  epsilon: number;
  /** Of weights, data order and masks. */
  seed: number;
  /** Hypotheses kept in beam search. */
  beam: number;
  /** α of the length penalty ((5 + n)/6)^α. */
  lengthPenalty: number;
}

/** The run of the documentation: the small Transformer on Multi30k. */
export const TRANSLATION_DEFAULTS: TranslationSettings = {
  size: 'small',
  norm: 'pre',
  dropout: 0.1,
  labelSmoothing: 0.1,
  vocabularySize: 8000,
  lowerCase: true,
  epochs: 6,
  batchSize: 64,
  learningRate: 1.2e-3,
  warmup: 0.15,
  beta2: 0.98,
  epsilon: 1e-9,
  seed: 0,
  beam: 4,
  lengthPenalty: 0.6,
};

/** @throws RangeError naming the setting, its range and its value */
export function checkTranslationSettings(caller: string, settings: TranslationSettings): void {
  const check = (name: keyof TranslationSettings, range: string, isGood: (value: number) => boolean) => {
    const value = settings[name] as number;
    if (!isGood(value)) throw new RangeError(`${caller}: ${name} must be ${range}, got ${value}`);
  };
  const isCount = (value: number) => Number.isSafeInteger(value) && value >= 1;
  const isRate = (value: number) => value >= 0 && value < 1;
  const isPositive = (value: number) => value > 0 && Number.isFinite(value);
  if (!Object.hasOwn(transformerSizes, settings.size)) {
    const names = Object.keys(transformerSizes).join(', ');
    throw new RangeError(`${caller}: size must be one of ${names}, got ${settings.size}`);
  }
  if (settings.norm !== 'pre' && settings.norm !== 'post') {
    throw new RangeError(`${caller}: norm must be one of pre, post, got ${settings.norm}`);
  }
  for (const name of ['epochs', 'batchSize', 'beam'] as const) check(name, 'an integer ≥ 1', isCount);
  check('vocabularySize', 'an integer ≥ 259', (value) => isCount(value) && value >= 259);
  check('seed', 'an integer ≥ 0', (value) => Number.isSafeInteger(value) && value >= 0);
  for (const name of ['dropout', 'labelSmoothing', 'warmup', 'beta2'] as const) check(name, 'in [0, 1)', isRate);
  for (const name of ['learningRate', 'epsilon'] as const) check(name, '> 0', isPositive);
  check('lengthPenalty', '≥ 0', (value) => value >= 0 && Number.isFinite(value));
}
