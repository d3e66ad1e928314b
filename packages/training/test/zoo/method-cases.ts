/** Every way to make a network sparse: all methods of the registry, and iterative pruning. */

import { defaultsOf, findMethod, type Hyperparameters, methods } from '@winnow/baselines';
import type { Granularity, WeightTransform } from '@winnow/ops';
import { STEPS } from './zoo-model.js';

export interface MethodCase {
  readonly name: string;
  readonly granularity: Granularity;
  /** Undefined for plain training. */
  create(): WeightTransform | undefined;
  /** The weights that iterative pruning goes on from; undefined for methods. */
  readonly iterative?: 'fine-tune' | 'rewind';
}

/** Values that make every part of a method work in a run of two steps. */
const LIVELY: Record<string, Hyperparameters> = {
  'variational-dropout': { scale: 100 },
  l0: { lambda: 1000, initial: 0.3 },
  smallify: { lambda: 0.05 },
};

const granularities: readonly Granularity[] = ['weight', 'unit'];

export const methodCases: readonly MethodCase[] = [
  ...[...methods.keys(), 'l1+targeted-dropout', 'gradual-pruning+targeted-dropout'].flatMap((name) => {
    const method = findMethod(name);
    const lively = Object.assign({}, ...name.split('+').map((part) => LIVELY[part]));
    const often = 'interval' in method.hyperparameters && { interval: 1 };
    return method.granularities.map(
      (granularity): MethodCase => ({
        name,
        granularity,
        create: () =>
          method.create(
            { ...defaultsOf(method, granularity), ...often, ...lively },
            { granularity, seed: 4, totalSteps: STEPS },
          ),
      }),
    );
  }),
  ...(['fine-tune', 'rewind'] as const).flatMap((iterative) =>
    granularities.map(
      (granularity): MethodCase => ({
        name: `iterative pruning (${iterative})`,
        granularity,
        create: () => undefined,
        iterative,
      }),
    ),
  ),
];
