import { targetedDropoutTransform } from '@winnow/ops';
import { choice, flag, fraction } from './hyperparameter.js';
import { defineMethod, type MethodContext } from './method.js';

/** T of ramping: γ and α reach their values at 2T, which is the fraction `ramp` of the run; none for 0. */
export function rampSteps(ramp: number, { totalSteps }: MethodContext): { rampSteps?: number } {
  return ramp > 0 ? { rampSteps: Math.max(1, Math.round((ramp * totalSteps) / 2)) } : {};
}

/** Targeted dropout, constant or ramping, with the switches of the two published implementations. */
export const targetedDropout = defineMethod({
  name: 'targeted-dropout',
  title: 'targeted dropout',
  summary: 'drops the weights (or columns) of lowest magnitude at random while training',
  reference: 'Gomez et al., "Learning Sparse Networks Using Targeted Dropout", arXiv 1905.13678',
  pruned: '|w| in every column, or the columns’ L2 norm',
  hyperparameters: {
    gamma: fraction(0.9, 'γ: fraction that is targeted'),
    alpha: fraction(0.95, 'α: probability of dropping what is targeted'),
    ramp: fraction(
      0.5,
      'fraction of the run until γ and α have risen to their values (paper: 98 of 256 epochs); 0: constant',
    ),
    rescale: flag(false, 'targeted survivors times 1/(1 − α), as tensor2tensor does'),
    coin: choice(
      ['unit', 'weight'],
      'unit',
      'for unit granularity: one coin a column, or one a weight as the paper’s code',
    ),
  },
  create: ({ gamma, alpha, ramp, rescale, coin }, context) =>
    targetedDropoutTransform({
      targetFraction: gamma,
      dropRate: alpha,
      granularity: context.granularity,
      seed: context.seed,
      ...(rescale && { rescale }),
      ...(coin !== 'unit' && { coin }),
      ...rampSteps(ramp, context),
    }),
});
