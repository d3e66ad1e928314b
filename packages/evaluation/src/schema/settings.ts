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
  /** What the text of the command line stands for. Default: the text. A configuration file says what it means. */
  readonly read?: (text: string) => unknown;
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

/** The number that a text of the command line stands for; the text itself if it stands for none. */
export function readNumber(text: string): unknown {
  return text.trim() === '' || Number.isNaN(Number(text)) ? text : Number(text);
}

/** The numbers of a text with commas between. */
export function readNumbers(text: string): unknown {
  return text.split(',').map(readNumber);
}

/** The words of a text with commas between. */
export function readWords(text: string): string[] {
  return text.split(',');
}

/**
 * A list of numbers that is not empty; refused as a whole.
 * @param range in words
 */
export function numbers(range: string, isGood: (value: number) => boolean) {
  return list(z.number(range).refine(isGood, range), range);
}

/** As `numbers`, each above the one before. */
export function risingNumbers(range: string, isGood: (value: number) => boolean) {
  return numbers(range, isGood).refine(
    (values) => values.every((value, i) => i === 0 || value > values[i - 1]!),
    range,
  );
}

/** As `numbers`, each once. */
export function differentNumbers(range: string, isGood: (value: number) => boolean) {
  return numbers(range, isGood).refine((values) => new Set(values).size === values.length, range);
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
 * The settings that options of the command line stand for. Every other source says what it means: there `"3"` is no
 * number.
 */
export function readOptions(
  schema: z.ZodObject,
  given: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const readers = new Map(settingsIn(schema).map(({ key, read }) => [key, read]));
  return Object.fromEntries(
    Object.entries(given).map(([key, value]) => {
      const read = readers.get(key);
      return [key, read && typeof value === 'string' ? read(value) : value];
    }),
  );
}

/**
 * Checks settings and fills in defaults. Only undefined counts as not given.
 *
 * @param source what the settings are called in a message: the file, or the command
 * @param written values as they were written, for messages, where that is another form
 * @throws RangeError naming an unknown key, or a key with its range and its value
 */
export function checkSettings<Schema extends z.ZodObject>(
  schema: Schema,
  given: Readonly<Record<string, unknown>>,
  source: string,
  written: Readonly<Record<string, unknown>> = {},
): z.output<Schema> {
  const values = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  const unknown = Object.keys(given).find((key) => !Object.hasOwn(schema.shape, key));
  if (unknown !== undefined) {
    const known = Object.keys(schema.shape).join(', ');
    const hint = didYouMean(unknown, Object.keys(schema.shape));
    throw new RangeError(`${source}: there is no setting '${unknown}'; there are ${known}${hint}`);
  }
  const { data, error } = schema.safeParse(values);
  if (error === undefined) return data;
  const [issue] = error.issues as [z.core.$ZodIssue];
  const { path, message } = issue;
  const key = String(path[0]);
  const words = issue.code === 'invalid_value' && issue.values.filter((word) => typeof word === 'string');
  const hint = words && typeof values[key] === 'string' ? didYouMean(values[key], words) : '';
  throw new RangeError(`${source}: ${key} must be ${message}, got ${shown(written[key] ?? values[key])}${hint}`);
}

/** Settings whose defaults are filled in, but for some that results of earlier versions lack. */
type FilledIn<Settings, Later extends keyof Settings> = Omit<Settings, Later> & Partial<Pick<Settings, Later>>;

/**
 * Settings as results keep them: the defaults are filled in, so that a field that is missing was taken out, and one
 * that there is not was put in.
 *
 * @param later settings that the first version did not have; they may be missing
 */
export function filledIn<Schema extends z.ZodObject, Later extends keyof z.output<Schema> = never>(
  schema: Schema,
  later: readonly Later[] = [],
): z.ZodType<FilledIn<z.output<Schema>, Later>> {
  const shape = Object.entries(schema.shape).map(([key, value]) => {
    const inner = (value instanceof z.ZodDefault ? value.def.innerType : value) as z.ZodType;
    return [key, later.some((one) => one === key) ? inner.optional() : inner];
  });
  return z.strictObject(Object.fromEntries(shape), {
    error: (issue) => (issue.code === 'unrecognized_keys' ? `an object without ${issue.keys.join(', ')}` : 'an object'),
  }) as unknown as z.ZodType<FilledIn<z.output<Schema>, Later>>;
}

/** A key that a JSON object's text has twice on its first level: what reads it would take the last and say nothing. */
function repeatedKey(json: string): string | undefined {
  const seen = new Set<string>();
  let depth = 0;
  const tokens = [...json.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\]:]/g)].map(([token]) => token);
  for (const [i, token] of tokens.entries()) {
    if (token === '{' || token === '[') depth++;
    else if (token === '}' || token === ']') depth--;
    else if (depth === 1 && tokens[i + 1] === ':') {
      const key = JSON.parse(token) as string;
      if (seen.has(key)) return key;
      seen.add(key);
    }
  }
  return undefined;
}

/**
 * The settings in a JSON file.
 *
 * @throws Error naming the file if it cannot be read, is not a JSON object or has a setting twice
 */
export function readSettings(file: string): Record<string, unknown> {
  let json: string;
  let value: unknown;
  try {
    // Some editors begin a file with a byte-order mark, which is no JSON.
    json = readFileSync(file, 'utf8').replace(/^\ufeff/, '');
    value = JSON.parse(json);
  } catch (cause) {
    throw new Error(`${file} is not a readable JSON file: ${(cause as Error).message}`, { cause });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Error(`${file} must hold a JSON object of settings`);
  }
  const repeated = repeatedKey(json);
  if (repeated !== undefined) throw new Error(`${file} has the setting '${repeated}' twice`);
  return value as Record<string, unknown>;
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
