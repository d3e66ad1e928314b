import * as tf from '@tensorflow/tfjs';
import { type Granularity, kernelIdOf, randomUniform, registerTransform, type WeightTransform } from '@winnow/ops';
import { checkFraction, checkGranularity, checkInteger } from '@winnow/ops/arguments';
import { fraction } from './hyperparameter.js';
import { masksOfSparsity } from './masks/mask-of-scores.js';
import { masked } from './masks/masked.js';
import { defineMethod } from './method.js';

const NAME = 'random-pruning';

/** What random pruning before training is asked for. */
export interface RandomPruningOptions {
  /** Fraction that is cut of every column (or of the columns), in [0, 1]. */
  sparsity: number;
  /** Default `'weight'`. */
  granularity?: Granularity;
  /** Default 0. */
  seed?: number;
}

/**
 * A random pattern that is cut before training and stays cut: the control that tells whether it matters which weights are kept.
 *
 * @throws RangeError or TypeError if an option is out of range
 * @see arXiv 1905.13678, section 5.2
 */
export function randomPruningTransform(options: RandomPruningOptions): WeightTransform {
  const op = 'randomPruningTransform';
  const sparsity = checkFraction(op, 'sparsity', options?.sparsity);
  const granularity = checkGranularity(op, options.granularity ?? 'weight');
  const seed = checkInteger(op, 'seed', options.seed ?? 0, 0, Number.MAX_SAFE_INTEGER);
  return {
    ...masked(NAME),
    name: NAME,
    variables({ path, kernel }) {
      const shape = granularity === 'weight' ? kernel.shape : [kernel.shape.at(-1) as number];
      const initial = tf.tidy(() => {
        const scores = randomUniform(shape, { seed, step: 0, stream: kernelIdOf(path) });
        return masksOfSparsity([scores], sparsity, 'column')[0] as tf.Tensor;
      });
      return { mask: { initial } };
    },
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
  hyperparameters: { sparsity: fraction(0.9, 'fraction that is cut') },
  create: ({ sparsity }, { granularity, seed }) => randomPruningTransform({ sparsity, granularity, seed }),
});
