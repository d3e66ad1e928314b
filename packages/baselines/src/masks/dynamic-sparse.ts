import type * as tf from '@tensorflow/tfjs';
import type { SteppedKernel, WeightTransform } from '@winnow/ops';
import { checkChoice, checkFraction, checkInteger } from '@winnow/ops/arguments';
import type { LayerAllocationName } from '../allocation/index.js';
import { choice, fraction, positiveInteger, unusual } from '../hyperparameter.js';
import { type MethodContext, stepsOf } from '../method.js';
import { findPattern, type PatternKind, patternOption } from '../patterns/index.js';
import type { Pattern } from '../patterns/pattern.js';
import { findSchedule, type ScheduleName, scheduleOption } from '../schedules/index.js';
import type { Score } from '../scores/score.js';
import { checkAxes } from './choose-masks.js';
import { dropAndGrowByPattern, replaceMask } from './drop-and-grow.js';
import { masked } from './masked.js';
import { randomMask } from './random-masks.js';

const ALLOCATIONS = ['erk', 'uniform'] as const;

/** What methods are asked for that train with a sparse network from the first step on and move its mask. */
export interface DynamicSparseOptions {
  /** Of the whole network, in [0, 1]. */
  sparsity: number;
  /** Steps between two renewals of the masks, ≥ 1. Default 100. */
  interval?: number;
  /** Step from which on the masks stay, ≥ 1. */
  endStep: number;
  /** Share of the kept weights that the first renewal replaces, in [0, 1]. Default 0.3. */
  fraction?: number;
  /** How the sparsity is spread over the kernels. Default `'erk'`. */
  allocation?: LayerAllocationName;
  /** Which weights fall together, by name. Default: single weights (SRigL: those of each column). */
  pattern?: string;
  /** How the share that is replaced falls until `endStep`. Default `'cosine'` (SET: `'constant'`). */
  schedule?: ScheduleName;
  /** Default 0. */
  seed?: number;
}

/** The keys of `DynamicSparseOptions`. */
export const DYNAMIC_SPARSE_KEYS: readonly string[] = [
  ...['sparsity', 'interval', 'endStep', 'fraction', 'allocation', 'pattern', 'schedule', 'seed'],
];

/** What tells one such method from another. */
export interface DynamicSparseMethod {
  readonly name: string;
  /** What new weights are chosen by. */
  readonly growth: Score;
  readonly schedule: ScheduleName;
  /** Patterns it can move, the default first. */
  readonly patterns: readonly PatternKind[];
  /** The new mask; by default the weakest are dropped and as many grow. */
  renew?(pattern: Pattern, kernel: tf.Tensor, mask: tf.Tensor, growth: tf.Tensor, share: number): tf.Tensor;
}

/**
 * A sparse network whose masks are renewed every `interval` steps until `endStep`; in between they cost one product a
 * kernel. New weights start at zero.
 *
 * @throws RangeError or TypeError if an option is out of range, or options do not go together
 */
export function dynamicSparse(op: string, method: DynamicSparseMethod, options: DynamicSparseOptions): WeightTransform {
  const { name, growth, patterns, renew = dropAndGrowByPattern } = method;
  const sparsity = checkFraction(op, 'sparsity', options?.sparsity);
  const interval = checkInteger(op, 'interval', options.interval ?? 100, 1, 2 ** 31 - 1);
  const endStep = checkInteger(op, 'endStep', options.endStep, 1, 2 ** 31 - 1);
  const first = checkFraction(op, 'fraction', options.fraction ?? 0.3);
  const allocation = checkChoice(op, 'allocation', options.allocation ?? 'erk', ['uniform', 'erk'] as const);
  const seed = checkInteger(op, 'seed', options.seed ?? 0, 0, Number.MAX_SAFE_INTEGER);
  const schedule = findSchedule(op, options.schedule ?? method.schedule);
  const pattern = findPattern(op, options.pattern ?? patterns[0], patterns);
  const axes = checkAxes(op, { pattern, allocation, sparsity });
  const isRenewal = (step: number) => step > 0 && step < endStep && step % interval === 0;
  const renewed = (step: number, path: string, stepped: SteppedKernel) => {
    const { kernel, variables } = stepped;
    const grown = growth.of({ ...stepped, path, seed, step });
    const share = first * schedule.fall(step, endStep);
    return renew(pattern, kernel, variables['mask'] as tf.Variable, grown, share);
  };
  return {
    ...masked(name),
    name,
    // A sparsity that holds over the network is pruned over the network: a layer's own share is not the network's.
    pruningScope: allocation === 'erk' ? 'global' : pattern.name === 'column' ? 'column' : 'layer',
    forgets: true,
    variables: (request) => ({ mask: { initial: randomMask(request, axes, seed) } }),
    ...(growth.gradient !== 'none' && { needsGradient: isRenewal }),
    afterStep(step, kernels) {
      if (!isRenewal(step)) return;
      for (const [path, stepped] of kernels) replaceMask(stepped, renewed(step, path, stepped));
    },
    getConfig: () => ({ ...options }),
  };
}

/** Values of the hyperparameters that `dynamicSparseHyperparameters` makes. */
interface Values {
  sparsity: number;
  interval: number;
  fraction: number;
  end: number;
  allocation: LayerAllocationName;
  pattern: string;
  schedule: ScheduleName;
}

/** The hyperparameters of such a method, and the options that their values make. */
export function dynamicSparseHyperparameters(
  { patterns, schedule }: DynamicSparseMethod,
  { end, interval, share }: { end: number; interval: string; share: string },
) {
  const standard = patterns[0] as string;
  return {
    hyperparameters: {
      sparsity: fraction(0.9, 'of the network, from the first step on'),
      interval: positiveInteger(100, interval),
      fraction: fraction(0.3, share),
      end: fraction(end, 'fraction of the run after which the masks stay'),
      allocation: choice(ALLOCATIONS, 'erk', 'how the sparsity is spread over the layers'),
      pattern: patternOption(standard, patterns, 'which weights fall together'),
      schedule: scheduleOption(schedule, 'how the share that is replaced falls'),
    },
    optionsOf: (values: Values, context: MethodContext): DynamicSparseOptions => ({
      sparsity: values.sparsity,
      interval: values.interval,
      fraction: values.fraction,
      allocation: values.allocation,
      endStep: stepsOf(values.end, context),
      seed: context.seed,
      ...unusual({ pattern: values.pattern, schedule: values.schedule }, { pattern: standard, schedule }),
    }),
  };
}
