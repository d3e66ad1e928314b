import type { Granularity, WeightTransform } from '@winnow/ops';
import { defaultOf, type Hyperparameter, type HyperparameterValue } from './hyperparameter.js';

/** Values of a method's hyperparameters by name. */
export type Hyperparameters = Record<string, HyperparameterValue>;

/** What a method is told about the run that it is made for. */
export interface MethodContext {
  granularity: Granularity;
  seed: number;
  /** Steps of the whole run; schedules scale with it. */
  totalSteps: number;
}

/** A method of sparse training as the command line and experiments know it. */
export interface Method {
  /** What the command line calls it: `targeted-dropout`. */
  readonly name: string;
  /** What tables and figures call it. */
  readonly title: string;
  /** One line for lists. */
  readonly summary: string;
  /** Authors, title and where it appeared. */
  readonly reference: string;
  /** What pruning ranks, in words: `|w| in every column`. */
  readonly pruned: string;
  /** What it can drop, gate or cut. */
  readonly granularities: readonly Granularity[];
  /** Every hyperparameter with its published default. */
  readonly hyperparameters: Readonly<Record<string, Hyperparameter>>;
  /** The transform to train with, of values that `resolveMethod` checked; undefined for plain training. */
  create(values: Hyperparameters, context: MethodContext): WeightTransform | undefined;
}

type ValuesOf<S> = { [K in keyof S]: S[K] extends { accepts(value: unknown): value is infer V } ? V : never };

/** A method whose `create` gets the hyperparameters' values with their types. */
export function defineMethod<S extends Readonly<Record<string, object>>>(
  method: Omit<Method, 'hyperparameters' | 'create' | 'granularities'> & {
    granularities?: readonly Granularity[];
    hyperparameters: S;
    create(values: ValuesOf<S>, context: MethodContext): WeightTransform | undefined;
  },
): Method {
  return { granularities: ['weight', 'unit'], ...method } as unknown as Method;
}

/** The hyperparameters of a method at a granularity where none is given. */
export function defaultsOf(method: Method, granularity: Granularity): Hyperparameters {
  return Object.fromEntries(
    Object.entries(method.hyperparameters).map(([name, hyperparameter]) => [
      name,
      defaultOf(hyperparameter, granularity),
    ]),
  );
}

/** A fraction of a run in whole steps, at least one. */
export function stepsOf(fractionOfRun: number, { totalSteps }: MethodContext): number {
  return Math.max(1, Math.round(fractionOfRun * totalSteps));
}
