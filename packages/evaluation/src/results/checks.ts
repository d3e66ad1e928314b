import { ResultFileError } from '../experiments/sweep-result.js';

/** Checks a value from a file; `place` says where it stands, for the message. @throws ResultFileError */
export type Check = (value: unknown, place: string) => void;

function refuse(value: unknown, place: string, expected: string): never {
  const shown = JSON.stringify(value) ?? 'nothing';
  throw new ResultFileError(
    `${place} must be ${expected}, found ${shown.length > 60 ? `${shown.slice(0, 60)}…` : shown}`,
  );
}

export const text: Check = (value, place) => {
  if (typeof value !== 'string' || value === '') refuse(value, place, 'a text');
};

export const date: Check = (value, place) => {
  if (typeof value !== 'string' || Number.isNaN(Date.parse(value))) refuse(value, place, 'a date (ISO 8601)');
};

export const hyperparameter: Check = (value, place) => {
  const isNumber = typeof value === 'number' && Number.isFinite(value);
  if (!isNumber && typeof value !== 'string' && typeof value !== 'boolean') {
    refuse(value, place, 'a number, text or boolean');
  }
};

export const duration: Check = (value, place) => {
  if (typeof value !== 'number' || !Number.isFinite(value) || value < 0) refuse(value, place, 'a number ≥ 0');
};

export const fraction: Check = (value, place) => {
  if (typeof value !== 'number' || !(value >= 0 && value <= 1)) refuse(value, place, 'a number in [0, 1]');
};

export function integer(low: number): Check {
  return (value, place) => {
    if (!Number.isSafeInteger(value) || (value as number) < low) refuse(value, place, `an integer ≥ ${low}`);
  };
}

export function oneOf(...values: readonly string[]): Check {
  return (value, place) => {
    if (!values.includes(value as string)) refuse(value, place, values.map((known) => `'${known}'`).join(' or '));
  };
}

export function optional(check: Check): Check {
  return (value, place) => {
    if (value !== undefined) check(value, place);
  };
}

/** An object with at least these fields. */
export function object(fields: Readonly<Record<string, Check>>): Check {
  return (value, place) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) refuse(value, place, 'an object');
    for (const [name, check] of Object.entries(fields)) {
      check((value as Record<string, unknown>)[name], place === '' ? name : `${place}.${name}`);
    }
  };
}

/** An object whose values all pass `check`. */
export function record(check: Check): Check {
  return (value, place) => {
    object({})(value, place);
    for (const [name, entry] of Object.entries(value as object)) check(entry, `${place}.${name}`);
  };
}

/** An array of at least one element. */
export function list(check: Check): Check {
  return (value, place) => {
    if (!Array.isArray(value) || value.length === 0) refuse(value, place, 'a list that is not empty');
    for (const [i, element] of (value as unknown[]).entries()) check(element, `${place}[${i}]`);
  };
}

/** Rows by rising sparsity, each once. */
export const risingSparsity: Check = (value, place) => {
  const rows = value as readonly { sparsity: number }[];
  const bad = rows.findIndex((row, i) => i > 0 && row.sparsity <= rows[i - 1]!.sparsity);
  if (bad > 0)
    refuse(rows[bad]!.sparsity, `${place}[${bad}].sparsity`, `above the ${rows[bad - 1]!.sparsity} before it`);
};

/** Passes what passes each of `checks`, in this order. */
export function all(...checks: readonly Check[]): Check {
  return (value, place) => {
    for (const check of checks) check(value, place);
  };
}
