/** Argument checks. Their errors name the operation, the argument, its range and the value. */

import { checkChoice } from '@winnow/native/value-checks';
import type { Granularity } from './kernel-matrix.js';

export {
  checkChoice,
  checkFraction,
  checkInteger,
  checkKeys,
  checkNonNegative,
  checkOpenFraction,
  checkPattern,
  didYouMean,
  type Pattern,
} from '@winnow/native/value-checks';

/** @throws RangeError unless `value` is `'weight'` or `'unit'` */
export function checkGranularity(op: string, value: unknown): Granularity {
  return checkChoice(op, 'granularity', value, ['weight', 'unit']);
}
