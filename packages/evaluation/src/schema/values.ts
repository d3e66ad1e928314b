/**
 * Kinds of values that settings and result files hold. The message of each schema is the range in words, such as `an
 * integer ≥ 1`; whoever checks puts the value's place before it and the value after it.
 */

import { z } from 'zod';

/** An object type that nothing changes, whatever its depth. */
export type DeepReadonly<T> = T extends readonly unknown[] | object
  ? { readonly [Key in keyof T]: DeepReadonly<T[Key]> }
  : T;

const number = (range: string, isGood: (value: number) => boolean) => z.number(range).refine(isGood, range);

/** Above 0, and finite. */
export const positive = number('a number > 0', (value) => value > 0);
/** 0 or above, and finite. */
export const nonNegative = number('a number ≥ 0', (value) => value >= 0);
/** A number in [0, 1]. */
export const fraction = number('a number in [0, 1]', (value) => value >= 0 && value <= 1);
/** A number in [0, 1). */
export const fractionBelowOne = number('a number in [0, 1)', (value) => value >= 0 && value < 1);

/** A safe integer, `low` or above. */
export function integer(low: number, high?: number) {
  const range = high === undefined ? `an integer ≥ ${low}` : `an integer in [${low}, ${high}]`;
  const atLeast = z.int(range).min(low, range);
  return high === undefined ? atLeast : atLeast.max(high, range);
}

/** A text that is not empty. */
export const text = z.string('a text that is not empty').min(1, 'a text that is not empty');

/** true or false. */
export const truth = z.boolean('true or false');

/** A date that JavaScript can read. */
export const date = z
  .string('a date (ISO 8601)')
  .refine((value) => !Number.isNaN(Date.parse(value)), 'a date (ISO 8601)');

/** One of some words. */
export function oneOf<const Names extends readonly [string, ...string[]]>(...names: Names) {
  return z.enum(names, `one of ${names.join(', ')}`);
}

/** `2 epochs`, `500 steps` */
export const when = z
  .string("a text such as '2 epochs' or '500 steps'")
  .regex(/^[1-9]\d* (epochs|steps)$/, "a text such as '2 epochs' or '500 steps'");

/** An array of at least one element. */
export function list<Item extends z.ZodType>(item: Item, range = 'a list that is not empty') {
  return z.array(item, range).min(1, range);
}

/** An object with at least these fields. */
export function object<Shape extends z.ZodRawShape>(shape: Shape) {
  return z.object(shape, 'an object');
}

/** A value as messages show it. */
export function shown(value: unknown): string {
  if (typeof value === 'number') return String(value);
  const json = JSON.stringify(value) ?? 'nothing';
  return json.length > 60 ? `${json.slice(0, 60)}…` : json;
}
