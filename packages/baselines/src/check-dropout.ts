import { checkChoice, checkFraction, checkInteger } from '@winnow/native/value-checks';
import type { DropoutOptions } from '@winnow/ops';

/**
 * Checks what a method of dropout is asked for, so that a bad option fails at once and not in the first step.
 *
 * @param rate what the method calls the probability of dropping
 * @throws TypeError or RangeError naming the option
 */
export function checkDropout(
  op: string,
  options: Omit<DropoutOptions, 'step' | 'seed'> & { readonly seed?: number | undefined },
  rate = 'dropRate',
): void {
  const { targetFraction, dropRate, granularity = 'weight', coin = 'unit', rescale = false, seed = 0 } = options;
  checkFraction(op, 'targetFraction', targetFraction);
  checkFraction(op, rate, dropRate);
  checkChoice(op, 'granularity', granularity, ['weight', 'unit']);
  checkChoice(op, 'coin', coin, ['unit', 'weight']);
  if (typeof rescale !== 'boolean') throw new TypeError(`${op}: rescale must be a boolean, got ${rescale}`);
  checkInteger(op, 'seed', seed, 0, Number.MAX_SAFE_INTEGER);
}
