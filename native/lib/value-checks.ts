/**
 * Checks of single values whose errors name the operation, the argument, its range and the value. Pure JavaScript, also
 * for browsers.
 */

/** @throws TypeError if not a number, RangeError if outside [0, 1] or NaN. */
export function checkFraction(op: string, argument: string, value: unknown): number {
  if (typeof value !== 'number')
    throw new TypeError(`${op}: ${argument} must be a number in [0, 1], got ${show(value)}`);
  if (!(value >= 0 && value <= 1)) throw new RangeError(`${op}: ${argument} must be in [0, 1], got ${value}`);
  return value;
}

/** @throws TypeError if not a number, RangeError if outside (0, 1) or NaN. */
export function checkOpenFraction(op: string, argument: string, value: unknown): number {
  return checkNumber(op, argument, value, 'in (0, 1)', (number) => number > 0 && number < 1);
}

/** @throws TypeError if not a number, RangeError if below 0, infinite or NaN. */
export function checkNonNegative(op: string, argument: string, value: unknown): number {
  return checkNumber(op, argument, value, '≥ 0', (number) => Number.isFinite(number) && number >= 0);
}

/** @throws TypeError if not a number, RangeError if infinite or NaN. */
export function checkFinite(op: string, argument: string, value: unknown): number {
  return checkNumber(op, argument, value, 'finite', Number.isFinite);
}

function checkNumber(
  op: string,
  argument: string,
  value: unknown,
  range: string,
  isGood: (n: number) => boolean,
): number {
  if (typeof value !== 'number')
    throw new TypeError(`${op}: ${argument} must be a number ${range}, got ${show(value)}`);
  if (!isGood(value)) throw new RangeError(`${op}: ${argument} must be ${range}, got ${value}`);
  return value;
}

/** @throws RangeError unless `value` is an integer in [minimum, maximum]. */
export function checkInteger(op: string, argument: string, value: unknown, minimum: number, maximum: number): number {
  if (typeof value !== 'number') {
    throw new TypeError(`${op}: ${argument} must be an integer in [${minimum}, ${maximum}], got ${show(value)}`);
  }
  if (!Number.isInteger(value) || value < minimum || value > maximum) {
    throw new RangeError(`${op}: ${argument} must be an integer in [${minimum}, ${maximum}], got ${value}`);
  }
  return value;
}

/**
 * The product of sizes that a caller chose; every such product is made here.
 * @throws {RangeError} if it is above 2^53 − 1, where a product of doubles loses digits.
 */
export function productOf(op: string, names: string, ...sizes: number[]): number {
  const product = sizes.includes(0) ? 0 : sizes.reduce((a, b) => a * b, 1);
  if (Number.isSafeInteger(product) && product >= 0) return product;
  throw new RangeError(`${op}: ${names} must be an integer in [0, 2^53), got ${sizes.map(show).join(' × ')}`);
}

/** @throws RangeError unless `value` is one of `choices`. */
export function checkChoice<T extends string>(op: string, argument: string, value: unknown, choices: readonly T[]): T {
  if (!choices.includes(value as T)) {
    throw new RangeError(`${op}: ${argument} must be one of ${choices.map(show).join(', ')}, got ${show(value)}`);
  }
  return value as T;
}

/**
 * Checks that options are an object and have no key but the known ones, so that a misspelt one is not ignored.
 *
 * @throws TypeError if `value` is no plain object; RangeError naming the first key that does not exist, and the nearest
 *   one that does
 */
export function checkKeys(op: string, argument: string, value: unknown, keys: readonly string[]): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new TypeError(`${op}: ${argument} must be an object, got ${show(value)}`);
  }
  for (const key of Object.keys(value)) {
    if (keys.includes(key)) continue;
    const near = nearestName(key, keys);
    const hint = near === undefined ? `the options are ${keys.join(', ')}` : `did you mean '${near}'?`;
    throw new RangeError(`${op}: ${argument} has no '${key}'; ${hint}`);
  }
}

/** The name that a misspelt one is nearest to: at most two letters away, whatever the case; undefined if none is. */
function nearestName(misspelt: string, names: Iterable<string>): string | undefined {
  let nearest: string | undefined;
  let least = 3;
  for (const name of names) {
    const letters = distance(name.toLowerCase(), misspelt.toLowerCase());
    // Two letters of two are no likeness.
    if (letters >= least || letters >= name.length) continue;
    nearest = name;
    least = letters;
  }
  return nearest;
}

/** `; did you mean 'NAME'?` where a name is near, to be put behind a message; empty otherwise. */
export function didYouMean(misspelt: string, names: Iterable<string>): string {
  const nearest = nearestName(misspelt, names);
  return nearest === undefined ? '' : `; did you mean '${nearest}'?`;
}

/** Levenshtein's distance. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const swap = (row[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(swap, (row[j] as number) + 1, (next[j - 1] as number) + 1));
    }
    row = next;
  }
  return row[b.length] as number;
}

/** Which weights may be kept together: any, two of every four rows, or whole blocks of rows × columns. */
export type Pattern = 'unstructured' | '2:4' | { readonly block: readonly [rows: number, columns: number] };

/** @throws TypeError or RangeError unless `value` is a pattern. */
export function checkPattern(op: string, value: unknown): Pattern {
  if (typeof value === 'string') return checkChoice(op, 'pattern', value, ['unstructured', '2:4'] as const);
  const block = (value as { block?: unknown } | null)?.block;
  if (!Array.isArray(block) || block.length !== 2) {
    throw new TypeError(`${op}: pattern must be 'unstructured', '2:4' or {block: [rows, columns]}, got ${show(value)}`);
  }
  for (const size of block) checkInteger(op, 'pattern.block', size, 1, 2 ** 31 - 1);
  return value as Pattern;
}

function show(value: unknown): string {
  if (typeof value === 'string') return `'${value}'`;
  if (typeof value !== 'object' || value === null) return String(value);
  // An object may have no toString, or one that throws.
  return Array.isArray(value) ? 'an array' : 'an object';
}
