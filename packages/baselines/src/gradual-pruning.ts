import * as tf from '@tensorflow/tfjs';
import { type Granularity, registerTransform, type SteppedKernel, type WeightTransform } from '@winnow/ops';
import { checkChoice, checkFraction, checkGranularity, checkInteger, checkKeys } from '@winnow/ops/arguments';
import { choice, fraction, positiveInteger, unusual } from './hyperparameter.js';
import { axesOfScope, granularPattern, SCOPES, type Scope, scopeOf } from './masks/axes-of-scope.js';
import { chooseMasks } from './masks/choose-masks.js';
import { masked } from './masks/masked.js';
import { defineMethod, stepsOf } from './method.js';
import { findSchedule, type ScheduleName, scheduleOption } from './schedules/index.js';
import { findScore, type ScoreName, scoreNames, scoreOption } from './scores/index.js';

const NAME = 'gradual-pruning';

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
   * Over what the sparsity holds: `'column'` or `'layer'`, equal in each; `'erk'`, a layer's own share; `'global'`,
   * over the whole network. Default `'layer'`. Units rank within their layer for `'column'`.
   */
  allocation?: Scope;
  /** What is ranked. Default `'magnitude'`. */
  score?: ScoreName;
  /** Which weights fall together, by name. Default: weights or columns, as the granularity says. */
  pattern?: string;
  /** How the sparsity rises. Default `'cubic'`. */
  schedule?: ScheduleName;
  /** Default `'weight'`. */
  granularity?: Granularity;
  /** Of random scores. Default 0. */
  seed?: number;
}

/**
 * Gradual magnitude pruning: while training goes on, more and more weights are cut for good, fast at first and slower
 * towards the end. Masks are renewed every `interval` steps and kept between.
 *
 * @throws RangeError or TypeError if an option is out of range, or options do not go together
 * @see Zhu, Gupta, "To prune, or not to prune", arXiv 1710.01878; Molchanov et al., arXiv 1906.10771 (Taylor)
 */
export function gradualPruningTransform(options: GradualPruningOptions): WeightTransform {
  const op = 'gradualPruningTransform';
  checkKeys(op, 'options', options ?? {}, [
    'sparsity',
    'startStep',
    'endStep',
    'interval',
    'allocation',
    'score',
    'pattern',
    'schedule',
    'granularity',
    'seed',
  ]);
  const asked = checkFraction(op, 'sparsity', options?.sparsity);
  const start = checkInteger(op, 'startStep', options.startStep, 0, 2 ** 31 - 1);
  const end = checkInteger(op, 'endStep', options.endStep, start + 1, 2 ** 31 - 1);
  const interval = checkInteger(op, 'interval', options.interval ?? 100, 1, 2 ** 31 - 1);
  const scope = checkChoice(op, 'allocation', options.allocation ?? 'layer', SCOPES);
  const score = findScore(op, options.score ?? 'magnitude');
  const schedule = findSchedule(op, options.schedule ?? 'cubic');
  const granularity = checkGranularity(op, options.granularity ?? 'weight');
  const seed = checkInteger(op, 'seed', options.seed ?? 0, 0, Number.MAX_SAFE_INTEGER);
  const { pruningScope, ...axes } = axesOfScope(op, scope, { ...options, granularity, sparsity: asked });
  const isPruningStep = (step: number) =>
    step >= start && step <= end && ((step - start) % interval === 0 || step === end);
  const isPerUnit = axes.pattern.name === 'unit';

  const prune = (step: number, kernels: readonly (readonly [string, SteppedKernel])[]) => {
    const scores = kernels.map(([path, stepped]) => score.of({ ...stepped, path, seed, step }));
    const within = kernels.map(([, { variables }]) => variables['mask'] as tf.Tensor);
    const now = axes.sparsity * schedule.rise(step - start, end - start);
    const masks = chooseMasks(scores, axes, { now, within });
    kernels.forEach(([, { variables }], i) => void variables['mask']!.assign(masks[i] as tf.Tensor));
  };
  return {
    ...masked(NAME),
    name: NAME,
    pruningScope,
    variables: ({ kernel }) => ({
      mask: { initial: tf.ones(isPerUnit ? [kernel.shape.at(-1) as number] : kernel.shape) },
      ...score.variables?.(kernel),
    }),
    needsGradient: (step) =>
      score.gradient === 'always' ? step <= end : score.gradient === 'now' && isPruningStep(step),
    afterStep(step, kernels) {
      for (const { kernel, variables, gradient } of kernels.values()) {
        if (gradient !== undefined) score.remember?.(kernel, gradient, variables);
      }
      if (isPruningStep(step)) prune(step, [...kernels]);
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
    allocation: choice([...SCOPES, 'uniform'], 'layer', 'over what the sparsity holds; uniform: as layer'),
    score: scoreOption(scoreNames, 'magnitude', 'what is ranked; taylor: |w·g| averaged over steps'),
    pattern: granularPattern('which weights fall together; weight: as granularity and allocation say'),
    schedule: scheduleOption('cubic', 'how the sparsity rises'),
  },
  create({ sparsity, start, end, interval, allocation, score, pattern, schedule }, context) {
    const startStep = Math.floor(start * context.totalSteps);
    const { granularity, seed } = context;
    return gradualPruningTransform({
      sparsity,
      startStep,
      endStep: Math.max(startStep + 1, Math.min(context.totalSteps - 1, stepsOf(end, context))),
      interval,
      allocation: scopeOf(allocation),
      score,
      granularity,
      ...(score === 'random' && { seed }),
      ...unusual({ pattern, schedule }, { pattern: 'weight', schedule: 'cubic' }),
    });
  },
});
