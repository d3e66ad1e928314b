/** @throws TypeError if `value` is not a number; RangeError unless it is an integer ≥ `minimum` */
export function checkCount(op: string, argument: string, value: unknown, minimum = 1): number {
  if (typeof value !== 'number')
    throw new TypeError(`${op}: ${argument} must be an integer ≥ ${minimum}, got ${value}`);
  if (!Number.isSafeInteger(value) || value < minimum) {
    throw new RangeError(`${op}: ${argument} must be an integer ≥ ${minimum}, got ${value}`);
  }
  return value;
}

/**
 * Refuses an option that a form of the Transformer has no use for.
 *
 * @param only the value that says what the form is anyway
 * @throws RangeError unless `value` is absent or `only`
 */
export function checkUnused(op: string, argument: string, value: unknown, only: unknown, why: string): void {
  if (value === undefined || value === only) return;
  throw new RangeError(`${op}: ${argument} must be ${only} or absent, since ${why}, got ${value}`);
}

/** @throws RangeError unless `value` is one of `choices` */
export function checkOneOf<T extends string>(op: string, argument: string, value: T, choices: readonly T[]): T {
  if (choices.includes(value)) return value;
  throw new RangeError(`${op}: ${argument} must be one of ${choices.map((c) => `'${c}'`).join(', ')}, got '${value}'`);
}
