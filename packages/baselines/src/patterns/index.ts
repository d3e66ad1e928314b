/** Which weights fall together: patterns by name. To add one, write its file and list its kind here. */

import type { Hyperparameter } from '../hyperparameter.js';
import { block } from './block.js';
import { column } from './column.js';
import { layer } from './layer.js';
import { nOfM } from './n-of-m.js';
import type { Pattern } from './pattern.js';
import { unit } from './unit.js';

/** The kinds of patterns as messages and lists call them, with what makes a pattern of a name. */
const kinds = {
  column: (name: string) => (name === 'column' ? column : undefined),
  layer: (name: string) => (name === 'layer' ? layer : undefined),
  unit: (name: string) => (name === 'unit' ? unit : undefined),
  'N:M': (name: string) => {
    const [n, m] = numbers(name, ':');
    return n !== undefined && m !== undefined && n < m ? nOfM(n, m) : undefined;
  },
  RxC: (name: string) => {
    const [rows, columns] = numbers(name, 'x');
    return rows !== undefined && columns !== undefined ? block(rows, columns) : undefined;
  },
} as const satisfies Record<string, (name: string) => Pattern | undefined>;

export type PatternKind = keyof typeof kinds;

export const patternKinds = Object.keys(kinds) as PatternKind[];

const EXAMPLES: Partial<Record<PatternKind, string>> = { 'N:M': ' such as 2:4', RxC: ' such as 4x4' };

/**
 * A pattern by name: `column`, `layer`, `unit`, `N:M` (N of every M rows) or `RxC` (blocks of R rows and C columns).
 *
 * @throws TypeError if the name is no text, RangeError that lists the kinds if it is none of them
 */
export function findPattern(op: string, name: unknown, among: readonly PatternKind[] = patternKinds): Pattern {
  const message = `${op}: pattern must be ${rangeOf(among)}, got `;
  if (typeof name !== 'string') throw new TypeError(message + JSON.stringify(name));
  const pattern = parsed(name, among);
  if (pattern === undefined) throw new RangeError(`${message}'${name}'`);
  return pattern;
}

/**
 * The hyperparameter `pattern`.
 *
 * @param words that stand for no pattern of their own, for instance `weight` for what the granularity says
 */
export function patternOption(
  standard: string,
  among: readonly PatternKind[],
  about: string,
  words: readonly string[] = [],
): Hyperparameter<string> {
  return {
    default: standard,
    range: rangeOf([...words, ...among]),
    about,
    accepts: (value): value is string =>
      typeof value === 'string' && (words.includes(value) || parsed(value, among) !== undefined),
  };
}

function parsed(name: string, among: readonly PatternKind[]): Pattern | undefined {
  for (const kind of among) {
    const pattern = kinds[kind](name);
    if (pattern !== undefined) return pattern;
  }
  return undefined;
}

function rangeOf(among: readonly string[]): string {
  const shown = among.map((kind) => `${kind}${EXAMPLES[kind as PatternKind] ?? ''}`);
  return shown.length === 1 ? (shown[0] as string) : `one of ${shown.join(', ')}`;
}

/** Two positive integers with a sign between them. */
function numbers(name: string, sign: ':' | 'x'): number[] {
  const found = new RegExp(`^([1-9]\\d{0,8})${sign}([1-9]\\d{0,8})$`).exec(name);
  return found ? found.slice(1).map(Number) : [];
}
