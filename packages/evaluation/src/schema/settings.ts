/**
 * Settings: declared once as a zod object, from which come their type, their check, the options of the command line
 * with their help, and what a configuration file may hold.
 */

import { readFileSync } from 'node:fs';
import { didYouMean } from '@winnow/ops/arguments';
import { z } from 'zod';
import { list, shown } from './values.js';

/** What help says about a setting beside its default. */
interface About {
  readonly summary: string;
  /** What its value looks like; absent for a switch. */
  readonly value?: string;
  /** May be given several times; the values make a list. */
  readonly repeats?: boolean;
  /** A place on this machine, which a command to repeat leaves to the reader. */
  readonly isPlace?: boolean;
}

const registry = z.registry<About>();

/** Says about a setting what help shows. */
export function setting<Schema extends z.ZodType>(
  schema: Schema,
  summary: string,
  about: Omit<About, 'summary'> = {},
): Schema {
  registry.add(schema, { summary, ...about });
  return schema;
}

/** A number, or the text of one, as the command line gives it. */
export function numeric<Schema extends z.ZodType<number>>(schema: Schema) {
  return z.preprocess(numberOf, schema);
}

/**
 * A list of numbers that is not empty, or their texts with commas between; refused as a whole.
 * @param range in words
 */
export function numbers(range: string, isGood: (value: number) => boolean) {
  const split = (value: unknown) => (typeof value === 'string' ? value.split(',') : value);
  return z.preprocess(split, list(z.preprocess(numberOf, z.number(range).refine(isGood, range)), range));
}

/** As `numbers`, each once. */
export function differentNumbers(range: string, isGood: (value: number) => boolean) {
  return numbers(range, isGood).refine((values) => new Set(values).size === values.length, range);
}

function numberOf(value: unknown): unknown {
  return typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
}

/** A setting as lists and help show it. */
export interface Setting extends About {
  /** Its key in a configuration file. */
  readonly key: string;
  /** Its option: `batchSize` is `--batch-size`. */
  readonly option: string;
  /** undefined: nothing is set. */
  readonly default?: unknown;
}

/** The settings of a declaration, in its order. */
export function settingsIn(schema: z.ZodObject): readonly Setting[] {
  return Object.entries(schema.shape).map(([key, value]) => {
    const about = registry.get(value as z.ZodType);
    if (about === undefined) throw new Error(`nothing is said about the setting ${key}`);
    const option = `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    return { key, option, ...about, default: value instanceof z.ZodDefault ? value.def.defaultValue : undefined };
  });
}

/**
 * Checks settings and fills in defaults. `null` and undefined count as not given.
 *
 * @param source what the settings are called in a message: the file, or the command
 * @throws RangeError naming an unknown key, or a key with its range and its value
 */
export function checkSettings<Schema extends z.ZodObject>(
  schema: Schema,
  given: Readonly<Record<string, unknown>>,
  source: string,
): z.output<Schema> {
  const values = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== null && value !== undefined));
  const unknown = Object.keys(given).find((key) => !Object.hasOwn(schema.shape, key));
  if (unknown !== undefined) {
    const known = Object.keys(schema.shape).join(', ');
    const hint = didYouMean(unknown, Object.keys(schema.shape));
    throw new RangeError(`${source}: there is no setting '${unknown}'; there are ${known}${hint}`);
  }
  const { data, error } = schema.safeParse(values);
  if (error === undefined) return data;
  const { path, message } = error.issues[0]!;
  const key = String(path[0]);
  throw new RangeError(`${source}: ${key} must be ${message}, got ${shown(values[key])}`);
}

/**
 * The settings in a JSON file.
 *
 * @throws Error naming the file if it cannot be read or is not a JSON object
 */
export function readSettings(file: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    throw new Error(`${file} is not a readable JSON file: ${(cause as Error).message}`, { cause });
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new Error(`${file} must hold a JSON object of settings`);
}

/** The arguments that repeat a run: those of its settings that are not the default ones. */
export function changedOptions(schema: z.ZodObject, values: Readonly<Record<string, unknown>>): string[] {
  return settingsIn(schema).flatMap(({ key, option, isPlace, repeats, default: standard }) => {
    const value = values[key];
    if (value === undefined || JSON.stringify(value) === JSON.stringify(standard)) return [];
    if (isPlace) return [option, 'DIR'];
    if (value === true) return [option];
    if (value === false) return [option.replace('--', '--no-')];
    return repeats ? (value as unknown[]).flatMap((one) => [option, String(one)]) : [option, String(value)];
  });
}
