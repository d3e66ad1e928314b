import { checkKeys } from '@winnow/native/value-checks';
import { tf } from '@winnow/tensorflow';

/**
 * Checks a model before anything reads it.
 *
 * @throws TypeError unless it is a tf.LayersModel with live weights
 */
export function checkModel(caller: string, model: unknown): asserts model is tf.LayersModel {
  if (!(model instanceof tf.LayersModel)) {
    const what = typeof model === 'object' && model !== null ? model.constructor?.name : String(model);
    throw new TypeError(`${caller}: model must be a tf.LayersModel, got ${what}`);
  }
  // `read()` of a disposed weight throws tfjs's own error.
  const gone = model.weights.find((weight) => (weight as unknown as { val: tf.Variable }).val.isDisposed);
  if (gone) throw new TypeError(`${caller}: model must not be disposed, but its weight '${gone.originalName}' is`);
}

/**
 * Checks that options are an object with known keys.
 *
 * @throws TypeError if it is none; RangeError naming a key that does not exist
 */
export function checkOptions(caller: string, options: unknown, keys: readonly string[]): void {
  checkKeys(caller, 'options', options, keys);
}

/** @throws TypeError unless it is absent or a function */
export function checkFunction(caller: string, argument: string, value: unknown): void {
  if (value === undefined || typeof value === 'function') return;
  throw new TypeError(`${caller}: ${argument} must be a function, got ${value}`);
}

/** @throws TypeError unless it is absent or an AbortSignal */
export function checkSignal(caller: string, signal: unknown): void {
  if (signal === undefined || signal instanceof AbortSignal) return;
  throw new TypeError(`${caller}: signal must be an AbortSignal, got ${signal}`);
}

/** @throws RangeError unless it is an integer ≥ 1 */
export function checkCount(caller: string, argument: string, value: unknown): void {
  if (Number.isInteger(value) && (value as number) >= 1) return;
  throw new RangeError(`${caller}: ${argument} must be an integer ≥ 1, got ${value}`);
}

/** @throws RangeError unless it is an integer in [0, 2⁵³) */
export function checkSeed(caller: string, seed: unknown): void {
  if (Number.isSafeInteger(seed) && (seed as number) >= 0) return;
  throw new RangeError(`${caller}: seed must be an integer in [0, 9007199254740991], got ${seed}`);
}

/** The keys of `augment`. */
const AUGMENT = ['pad', 'crop', 'flip', 'standardise', 'statistics'] as const;

/** @throws TypeError or RangeError unless it is absent or has known keys */
export function checkAugment(caller: string, augment: unknown): void {
  if (augment !== undefined) checkKeys(caller, 'augment', augment, AUGMENT);
}
