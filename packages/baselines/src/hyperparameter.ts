import type { Granularity } from '@winnow/ops';

/** A value of a hyperparameter. */
export type HyperparameterValue = number | string | boolean;

/** A hyperparameter as lists show it and the command line checks it. */
export interface Hyperparameter<V extends HyperparameterValue = HyperparameterValue> {
  /** Its value where none is given, for both granularities or for each. */
  readonly default: V | Readonly<Record<Granularity, V>>;
  /** The range in words: `in [0, 1]`. */
  readonly range: string;
  /** What it does, in a few words. */
  readonly about: string;
  accepts(value: unknown): value is V;
}

type Default<V> = V | Readonly<Record<Granularity, V>>;

function numeric(range: string, isGood: (value: number) => boolean) {
  return (standard: Default<number>, about: string): Hyperparameter<number> => ({
    default: standard,
    range,
    about,
    accepts: (value): value is number => typeof value === 'number' && isGood(value),
  });
}

/** A number in [0, 1]. */
export const fraction = numeric('in [0, 1]', (value) => value >= 0 && value <= 1);
/** A number in [0, 1): what is divided by one minus it. */
export const fractionBelowOne = numeric('in [0, 1)', (value) => value >= 0 && value < 1);
/** A number in (0, 1). */
export const openFraction = numeric('in (0, 1)', (value) => value > 0 && value < 1);
/** A finite number ≥ 0. */
export const nonNegative = numeric('≥ 0', (value) => Number.isFinite(value) && value >= 0);
/** An integer ≥ 1. */
export const positiveInteger = numeric('an integer ≥ 1', (value) => Number.isInteger(value) && value >= 1);

/** One of some words. */
export function choice<T extends string>(choices: readonly T[], standard: T, about: string): Hyperparameter<T> {
  return {
    default: standard,
    range: `one of ${choices.join(', ')}`,
    about,
    accepts: (value): value is T => choices.includes(value as T),
  };
}

/** true or false. */
export function flag(standard: boolean, about: string): Hyperparameter<boolean> {
  return { default: standard, range: 'true or false', about, accepts: (value) => typeof value === 'boolean' };
}

/**
 * The values that are given and differ from the usual ones. Saved models and checkpoints name a method's options; those
 * that came later are named only where they say something, so that older files stay what they are.
 */
export function unusual<T extends object>(values: T, usual: NoInfer<T>): Partial<T> {
  const isUnusual = ([key, value]: [string, unknown]) => value !== undefined && value !== usual[key as keyof T];
  const entries = Object.entries(values).filter(isUnusual);
  return Object.fromEntries(entries) as Partial<T>;
}

/** The default of a hyperparameter at a granularity. */
export function defaultOf<V extends HyperparameterValue>(
  { default: standard }: Hyperparameter<V>,
  granularity: Granularity,
): V {
  return typeof standard === 'object' ? standard[granularity] : standard;
}
