/** What all result files have in common: their first fields, and how a broken one is refused. */

import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { date, integer, object, shown } from '../schema/values.js';

/** A result file that is broken; the message names the file and the place in it. */
export class ResultFileError extends Error {
  override readonly name = 'ResultFileError';
}

/** A text that is not empty. */
export const text = z.string('a text').min(1, 'a text');

/** A hyperparameter, or another setting that is one value. */
export const scalar = z.union([z.number(), z.string(), z.boolean()], 'a number, text or boolean');

/** The fields that every result file has. */
export const header = {
  /** ISO 8601. */
  created: date,
  /** The command that repeats it. */
  command: text,
  /** Title of the data set. */
  dataset: text,
  /** What tells the data apart, whatever their title. Absent in files from before there was one. */
  datasetDigest: text.optional(),
  /** Title of the model. */
  model: text,
  /** Trainable parameters. */
  parameters: integer(1),
  environment: object({ cpu: text, cores: integer(1), node: text, tensorflow: text, isa: text, winnow: text }),
};

/** A result file's text. @throws ResultFileError that names the file if it cannot be read */
export async function readResultText(file: string): Promise<string> {
  return readFile(file, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    // The system's own message names no folder that stands in a file's place.
    throw new ResultFileError(`${file} cannot be read (${cause.code})`, { cause });
  });
}

/**
 * The value of a result file's JSON text. Fields that the schema does not know are kept.
 *
 * @param name what the text is called in a message: its file
 * @throws ResultFileError that names the file, the place in it, what was expected and what was found
 */
export function parseResult(json: string, name: string, schema: z.ZodType): unknown {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (error) {
    throw new ResultFileError(`${name} is not JSON: ${(error as Error).message}`, { cause: error });
  }
  const { error } = schema.safeParse(value);
  if (error === undefined) return value;
  const { path, message } = error.issues[0]!;
  const found = path.reduce<unknown>((part, key) => (part as Record<PropertyKey, unknown> | null)?.[key], value);
  throw new ResultFileError(`${name}: ${`${placeOf(path)} must be ${message}`.trim()}, found ${shown(found)}`, {
    cause: error,
  });
}

/** `runs[1].rows[3].asIs` */
function placeOf(path: readonly PropertyKey[]): string {
  return path.map((key, i) => (typeof key === 'number' ? `[${key}]` : `${i > 0 ? '.' : ''}${String(key)}`)).join('');
}
