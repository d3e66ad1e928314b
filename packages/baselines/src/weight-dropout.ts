import { type DropoutOptions, registerTransform, type WeightTransform } from '@winnow/ops';
import { checkKeys } from '@winnow/ops/arguments';
import { checkDropout } from './check-dropout.js';
import { flag, fractionBelowOne } from './hyperparameter.js';
import { dropAllWeights, dropWeights } from './masks/dropped.js';
import { defineMethod } from './method.js';
import { stepNumber } from './step-number.js';

const NAME = 'weight-dropout';

/** What ordinary dropout of weights is asked for. */
export interface WeightDropoutOptions {
  /** Probability of dropping a weight, in [0, 1). The matched control of targeted dropout has γα. */
  rate: number;
  /** Survivors are multiplied by 1/(1 − rate), as in ordinary dropout. Default true. */
  rescale?: boolean;
  /** Philox key. Default 0. */
  seed?: number;
}

/**
 * Drops every weight with the same probability: Y = X(W ⊙ M), M ~ Bernoulli(1 − rate)/(1 − rate). It is targeted
 * dropout that targets everything.
 *
 * @throws RangeError or TypeError if an option is out of range
 * @see Wan et al., "Regularization of Neural Networks using DropConnect", ICML 2013; arXiv 1905.13678, section 2
 */
export function weightDropoutTransform(options: WeightDropoutOptions): WeightTransform {
  checkKeys('weightDropoutTransform', 'options', options, ['rate', 'rescale', 'seed']);
  const { rate, rescale = true, seed = 0 } = options;
  checkDropout('weightDropoutTransform', { targetFraction: 1, dropRate: rate, rescale, seed }, 'rate');
  const dropoutAt = (step: number): DropoutOptions => ({ targetFraction: 1, dropRate: rate, rescale, seed, step });
  return {
    name: NAME,
    apply: (kernel, { path, step, training }) =>
      training ? dropWeights(kernel, path, dropoutAt(stepNumber(step))) : kernel,
    prepare: (kernels, { step }) => dropAllWeights(kernels, dropoutAt(stepNumber(step))),
    getConfig: () => ({ ...options }),
  };
}

registerTransform(NAME, (config) => weightDropoutTransform(config as unknown as WeightDropoutOptions));

export const weightDropout = defineMethod({
  name: NAME,
  title: 'weight dropout',
  summary: 'drops all weights with one probability (the control of targeted dropout at rate γα)',
  reference: 'Wan et al., "Regularization of Neural Networks using DropConnect", ICML 2013',
  pruned: '|w| in every column',
  granularities: ['weight'],
  hyperparameters: {
    rate: fractionBelowOne(0.25, 'probability of dropping a weight, γα of the dropout it is compared with'),
    rescale: flag(true, 'survivors times 1/(1 − rate)'),
  },
  create: ({ rate, rescale }, { seed }) => weightDropoutTransform({ rate, rescale, seed }),
});
