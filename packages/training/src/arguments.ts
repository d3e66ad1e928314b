import { checkKeys } from '@winnow/native/value-checks';

export { checkModel } from '@winnow/models';

/**
 * Checks that options are an object with known keys.
 *
 * @throws TypeError if it is none; RangeError naming a key that does not exist
 */
export function checkOptions(caller: string, options: unknown, keys: readonly string[]): void {
  checkKeys(caller, 'options', options, keys);
}

/** @throws TypeError unless it is a string that is not empty */
export function checkText(caller: string, argument: string, value: unknown): void {
  if (typeof value === 'string' && value !== '') return;
  throw new TypeError(`${caller}: ${argument} must be a string, got ${value === '' ? "''" : value}`);
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
