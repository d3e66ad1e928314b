import { kernelMatrix, registerTransform, topKMask, type WeightTransform } from '@winnow/ops';
import { checkFraction, checkInteger, checkKeys } from '@winnow/ops/arguments';
import { fraction, positiveInteger, unusual } from './hyperparameter.js';
import { dropWeights } from './masks/dropped.js';
import { defineMethod } from './method.js';
import { checkRamp, type RampOptions, rampedRates, rampSteps } from './ramped-rates.js';
import { scheduleOption } from './schedules/index.js';
import { stepNumber } from './step-number.js';

const NAME = 'xtreme-k';

/** What Xtreme-k is asked for. */
export interface XtremeKOptions extends RampOptions {
  /** Weights that every filter (column) keeps, ≥ 1; filters with fewer keep all. */
  k: number;
  /** α in [0, 1]. */
  dropRate: number;
  /** Default 0. */
  seed?: number;
}

/**
 * Targeted dropout that targets all but the k largest weights of every filter, whatever the filter's size.
 *
 * @throws RangeError or TypeError if an option is out of range
 * @see arXiv 1905.13678, section 5.2
 */
export function xtremeKTransform(options: XtremeKOptions): WeightTransform {
  const op = 'xtremeKTransform';
  checkKeys(op, 'options', options ?? {}, ['k', 'dropRate', 'seed', 'rampSteps', 'schedule']);
  const k = checkInteger(op, 'k', options?.k, 1, 2 ** 31 - 1);
  const dropRate = checkFraction(op, 'dropRate', options.dropRate);
  const seed = checkInteger(op, 'seed', options.seed ?? 0, 0, Number.MAX_SAFE_INTEGER);
  checkRamp(op, options);
  const targetOf = (shape: readonly number[]) => {
    const { fanIn } = kernelMatrix(op, shape);
    return Math.max(0, fanIn - k) / fanIn;
  };
  return {
    name: NAME,
    apply(kernel, { path, step, training }) {
      if (!training) return kernel;
      const at = stepNumber(step);
      const rates = rampedRates(
        { targetFraction: targetOf(kernel.shape), dropRate },
        options.rampSteps,
        at,
        options.schedule,
      );
      return dropWeights(kernel, path, { ...rates, seed, step: at });
    },
    targetMask: (kernel, { path }) => topKMask(kernel, { sparsity: targetOf(kernel.shape), name: path }),
    getConfig: () => ({ ...options }),
  };
}

registerTransform(NAME, (config) => xtremeKTransform(config as unknown as XtremeKOptions));

export const xtremeK = defineMethod({
  name: NAME,
  title: 'Xtreme-k',
  summary: 'targeted dropout of all but the k largest weights of every filter',
  reference: 'Gomez et al., arXiv 1905.13678, section 5.2',
  pruned: '|w| in every column; its target keeps k weights in each',
  granularities: ['weight'],
  hyperparameters: {
    k: positiveInteger(3, 'weights that every filter keeps'),
    alpha: fraction(0.99, 'α: probability of dropping the others'),
    ramp: fraction(0.5, 'fraction of the run until γ and α have risen to their values; 0: constant'),
    schedule: scheduleOption('ramp', 'how γ and α rise'),
  },
  create: ({ k, alpha, ramp, schedule }, context) =>
    xtremeKTransform({
      k,
      dropRate: alpha,
      seed: context.seed,
      ...rampSteps(ramp, context),
      ...unusual({ schedule }, { schedule: 'ramp' }),
    }),
});
