import * as tf from '@tensorflow/tfjs';
import { registerTransform, type WeightTransform } from '@winnow/ops';
import { checkChoice, checkKeys, checkNonNegative } from '@winnow/ops/arguments';
import { choice, nonNegative } from './hyperparameter.js';
import { defineMethod } from './method.js';

const NAME = 'l1';

/** What L1 regularisation is asked for. */
export interface L1Options {
  /** λ ≥ 0. */
  lambda: number;
  /**
   * Whether a kernel counts with the mean of its |w| (the reference code) or their sum (‖θ‖₁ of the paper's text).
   * Default `'mean'`.
   */
  reduction?: 'mean' | 'sum';
}

/**
 * λ·Σ mean|W| or λ·Σ |w| over the kernels, added to the loss.
 *
 * @throws RangeError or TypeError if an option is out of range
 * @see arXiv 1905.13678, section 5
 */
export function l1Transform(options: L1Options): WeightTransform {
  checkKeys('l1Transform', 'options', options ?? {}, ['lambda', 'reduction']);
  const lambda = checkNonNegative('l1Transform', 'lambda', options?.lambda);
  const reduction = checkChoice('l1Transform', 'reduction', options.reduction ?? 'mean', ['mean', 'sum'] as const);
  return {
    name: NAME,
    apply: (kernel) => kernel,
    penalty: (kernels) =>
      tf.tidy(() => {
        const reduce = reduction === 'mean' ? tf.mean : tf.sum;
        const norms = [...kernels.values()].map((kernel) => reduce(tf.abs(kernel)));
        return tf.mul(tf.addN(norms), lambda) as tf.Scalar;
      }),
    getConfig: () => ({ ...options }),
  };
}

registerTransform(NAME, (config) => l1Transform(config as unknown as L1Options));

export const l1 = defineMethod({
  name: NAME,
  title: 'L1',
  summary: 'adds the mean (or sum) of |w| to the loss',
  reference: 'Gomez et al., arXiv 1905.13678, section 5; Han et al., arXiv 1506.02626',
  pruned: '|w| in every column, or the columns’ L2 norm',
  hyperparameters: {
    lambda: nonNegative({ weight: 0.1, unit: 0.01 }, 'factor of the penalty'),
    reduction: choice(['mean', 'sum'], 'mean', 'of |w| in every kernel'),
  },
  create: ({ lambda, reduction }) => l1Transform({ lambda, reduction }),
});
