import { type Granularity, registerTransform, type WeightTransform } from '@winnow/ops';
import { checkChoice, checkFraction, checkGranularity, checkInteger, checkKeys } from '@winnow/ops/arguments';
import type { LayerAllocationName } from './allocation/index.js';
import { choice, fraction, unusual } from './hyperparameter.js';
import { axesOfScope, granularPattern } from './masks/axes-of-scope.js';
import { checkAxes } from './masks/choose-masks.js';
import { masked } from './masks/masked.js';
import { randomMask } from './masks/random-masks.js';
import { defineMethod } from './method.js';

const NAME = 'random-pruning';
const ALLOCATIONS = ['uniform', 'erk'] as const;

/** What random pruning before training is asked for. */
export interface RandomPruningOptions {
  /** Fraction that is cut of every column (or of the columns), in [0, 1]. */
  sparsity: number;
  /** Which weights fall together, by name. Default: weights of each column, or columns, as the granularity says. */
  pattern?: string;
  /** How the sparsity is spread over the kernels. Default `'uniform'`. */
  allocation?: LayerAllocationName;
  /** Default `'weight'`. */
  granularity?: Granularity;
  /** Default 0. */
  seed?: number;
}

/**
 * A random pattern that is cut before training and stays cut: the control that tells whether it matters which weights
 * are kept.
 *
 * @throws RangeError or TypeError if an option is out of range, or options do not go together
 * @see arXiv 1905.13678, section 5.2
 */
export function randomPruningTransform(options: RandomPruningOptions): WeightTransform {
  const op = 'randomPruningTransform';
  checkKeys(op, 'options', options ?? {}, ['sparsity', 'pattern', 'allocation', 'granularity', 'seed']);
  const sparsity = checkFraction(op, 'sparsity', options?.sparsity);
  const granularity = checkGranularity(op, options.granularity ?? 'weight');
  const allocation = checkChoice(op, 'allocation', options.allocation ?? 'uniform', ALLOCATIONS);
  const seed = checkInteger(op, 'seed', options.seed ?? 0, 0, Number.MAX_SAFE_INTEGER);
  const { pattern } = axesOfScope(op, 'column', { ...options, granularity, sparsity });
  const axes = checkAxes(op, { pattern, allocation, sparsity });
  return {
    ...masked(NAME),
    name: NAME,
    variables: (request) => ({ mask: { initial: randomMask(request, axes, seed) } }),
    getConfig: () => ({ ...options }),
  };
}

registerTransform(NAME, (config) => randomPruningTransform(config as unknown as RandomPruningOptions));

export const randomPruning = defineMethod({
  name: NAME,
  title: 'random pruning before training',
  summary: 'cuts a random pattern before training and keeps it cut',
  reference: 'Gomez et al., arXiv 1905.13678, section 5.2 (the control of ramping)',
  pruned: '|w · mask| in every column, or the columns’ L2 norm',
  hyperparameters: {
    sparsity: fraction(0.9, 'fraction that is cut'),
    pattern: granularPattern('which weights fall together; weight: those of a column, or columns'),
    allocation: choice(ALLOCATIONS, 'uniform', 'how the sparsity is spread over the layers'),
  },
  create: ({ sparsity, pattern, allocation }, { granularity, seed }) =>
    randomPruningTransform({
      sparsity,
      granularity,
      seed,
      ...unusual({ pattern, allocation }, { pattern: 'weight', allocation: 'uniform' }),
    }),
});
