import * as tf from '@tensorflow/tfjs';
import { type Granularity, rankScores, registerTransform, type SteppedKernel, type WeightTransform } from '@winnow/ops';
import { checkChoice, checkFraction, checkGranularity, checkInteger } from '@winnow/ops/arguments';
import { choice, fraction, positiveInteger } from './hyperparameter.js';
import { allocate } from './masks/allocation.js';
import { masksOfSparsity } from './masks/mask-of-scores.js';
import { masked } from './masks/masked.js';
import { defineMethod, stepsOf } from './method.js';

const NAME = 'gradual-pruning';
/** Memory of the averages of |w·g|. */
const TAYLOR_MOMENTUM = 0.9;

/** What gradual pruning is asked for. */
export interface GradualPruningOptions {
  /** Sparsity at the end, in [0, 1]. */
  sparsity: number;
  /** First step of pruning, ≥ 0. */
  startStep: number;
  /** Step from which on the sparsity stays, > `startStep`. */
  endStep: number;
  /** Steps between two prunings, ≥ 1. Default 100. */
  interval?: number;
  /**
   * Over what the sparsity holds: `'column'` or `'layer'`, equal in each; `'erk'`, a layer's own share; `'global'`, over the whole
   * network. Default `'layer'`. Units rank within their layer for `'column'`.
   */
  allocation?: 'column' | 'layer' | 'erk' | 'global';
  /** What is ranked: |w|, or |w·g| averaged over steps (first-order Taylor). Default `'magnitude'`. */
  score?: 'magnitude' | 'taylor';
  /** Default `'weight'`. */
  granularity?: Granularity;
}

/** s(t) = s·(1 − (1 − (t − start)/(end − start))³), from 0 at `start` to `sparsity` at `end`. */
export function cubicSparsity(sparsity: number, step: number, start: number, end: number): number {
  const progress = Math.min(1, Math.max(0, (step - start) / (end - start)));
  return sparsity * (1 - (1 - progress) ** 3);
}

/**
 * Gradual magnitude pruning: while training goes on, more and more weights are cut for good, fast at first and slower towards the
 * end. Masks are renewed every `interval` steps and kept between.
 *
 * @throws RangeError or TypeError if an option is out of range
 * @see Zhu, Gupta, "To prune, or not to prune", arXiv 1710.01878; Molchanov et al., arXiv 1906.10771 (Taylor)
 */
export function gradualPruningTransform(options: GradualPruningOptions): WeightTransform {
  const op = 'gradualPruningTransform';
  const sparsity = checkFraction(op, 'sparsity', options?.sparsity);
  const start = checkInteger(op, 'startStep', options.startStep, 0, 2 ** 31 - 1);
  const end = checkInteger(op, 'endStep', options.endStep, start + 1, 2 ** 31 - 1);
  const interval = checkInteger(op, 'interval', options.interval ?? 100, 1, 2 ** 31 - 1);
  const allocations = ['column', 'layer', 'erk', 'global'] as const;
  const allocation = checkChoice(op, 'allocation', options.allocation ?? 'layer', allocations);
  const score = checkChoice(op, 'score', options.score ?? 'magnitude', ['magnitude', 'taylor'] as const);
  const granularity = checkGranularity(op, options.granularity ?? 'weight');
  const isPruningStep = (step: number) =>
    step >= start && step <= end && ((step - start) % interval === 0 || step === end);

  const rank = ({ kernel, variables }: SteppedKernel) => {
    const importance = score === 'taylor' ? (variables['taylor'] as tf.Tensor) : tf.abs(kernel);
    // What is cut stays cut: it ranks below whatever is left.
    const scores = rankScores(importance, granularity);
    const mask = variables['mask'] as tf.Tensor;
    return tf.where(tf.cast(mask, 'bool'), scores, tf.fill(scores.shape, -1));
  };
  const prune = (step: number, kernels: readonly SteppedKernel[]) => {
    const scores = kernels.map(rank);
    const now = cubicSparsity(sparsity, step, start, end);
    // Shares follow from the last sparsity, so that no layer's falls again.
    const shapes = kernels.map(({ kernel }) => kernel.shape);
    const shares = allocation === 'erk' ? allocate('erk', shapes, sparsity) : shapes.map(() => sparsity);
    const scope = granularity === 'unit' || allocation === 'column' ? 'column' : 'layer';
    const masks =
      allocation === 'global'
        ? masksOfSparsity(scores, now, 'global')
        : scores.map((of, i) => {
            const share = sparsity === 0 ? 0 : ((shares[i] as number) * now) / sparsity;
            return masksOfSparsity([of], Math.min(1, share), scope)[0] as tf.Tensor;
          });
    kernels.forEach(({ variables }, i) => void variables['mask']!.assign(masks[i] as tf.Tensor));
  };
  return {
    ...masked(NAME),
    name: NAME,
    pruningScope: allocation === 'erk' ? 'global' : allocation,
    variables: ({ kernel }) => ({
      mask: { initial: tf.ones(granularity === 'weight' ? kernel.shape : [kernel.shape.at(-1) as number]) },
      ...(score === 'taylor' && { taylor: { initial: tf.zeros(kernel.shape) } }),
    }),
    needsGradient: (step) => score === 'taylor' && step <= end,
    afterStep(step, kernels) {
      for (const { kernel, variables, gradient } of kernels.values()) {
        if (gradient === undefined) continue;
        const taylor = variables['taylor'] as tf.Variable;
        const now = tf.mul(tf.abs(tf.mul(kernel, gradient)), 1 - TAYLOR_MOMENTUM);
        taylor.assign(tf.add(tf.mul(taylor, TAYLOR_MOMENTUM), now));
      }
      if (isPruningStep(step)) prune(step, [...kernels.values()]);
    },
    getConfig: () => ({ ...options }),
  };
}

registerTransform(NAME, (config) => gradualPruningTransform(config as unknown as GradualPruningOptions));

export const gradualPruning = defineMethod({
  name: NAME,
  title: 'gradual magnitude pruning',
  summary: 'cuts more and more weights while training, by a cubic schedule',
  reference: 'Zhu, Gupta, "To prune, or not to prune: exploring the efficacy of pruning", arXiv 1710.01878',
  pruned: '|w · mask|, where the sparsity holds: in columns, layers or the network',
  hyperparameters: {
    sparsity: fraction(0.9, 'at the end'),
    start: fraction(0.1, 'fraction of the run before pruning begins'),
    end: fraction(0.7, 'fraction of the run after which the sparsity stays'),
    interval: positiveInteger(100, 'steps between prunings'),
    allocation: choice(['column', 'layer', 'erk', 'global'], 'layer', 'over what the sparsity holds'),
    score: choice(['magnitude', 'taylor'], 'magnitude', '|w|, or |w·g| averaged over steps'),
  },
  create({ sparsity, start, end, interval, allocation, score }, context) {
    const startStep = Math.floor(start * context.totalSteps);
    const endStep = Math.max(startStep + 1, Math.min(context.totalSteps - 1, stepsOf(end, context)));
    const { granularity } = context;
    return gradualPruningTransform({ sparsity, startStep, endStep, interval, allocation, score, granularity });
  },
});
