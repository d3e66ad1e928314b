import type * as tf from '@tensorflow/tfjs';
import { registerTransform, type TargetedDropoutOptions, topKMask, type WeightTransform } from '@winnow/ops';
import { checkKeys } from '@winnow/ops/arguments';
import { checkDropout } from './check-dropout.js';
import { choice, flag, fraction, unusual } from './hyperparameter.js';
import { dropAllWeights, dropped, dropWeights } from './masks/dropped.js';
import { keptMagnitudes } from './masks/kept-magnitudes.js';
import { patternDropout } from './masks/pattern-dropout.js';
import { defineMethod } from './method.js';
import { findPattern, type PatternKind, patternOption } from './patterns/index.js';
import type { Pattern } from './patterns/pattern.js';
import { checkRamp, type RampOptions, rampedRates, rampSteps } from './ramped-rates.js';
import { scheduleOption } from './schedules/index.js';
import { stepNumber } from './step-number.js';

const NAME = 'targeted-dropout';
const PATTERNS: readonly PatternKind[] = ['layer', 'N:M', 'RxC'];
const KEYS = [
  ...['targetFraction', 'dropRate', 'granularity', 'coin', 'rescale', 'seed'],
  ...['rampSteps', 'schedule', 'pattern'],
];

/** Hyperparameters of training with targeted dropout. */
export interface TargetedDropoutTransformOptions
  extends Omit<TargetedDropoutOptions, 'step' | 'kernelId' | 'seed' | 'name'>,
    RampOptions {
  /** Philox key of all masks, an integer in [0, 2⁵³). Default 0. */
  seed?: number;
  /**
   * Which weights are targeted together, by name: `'layer'`, `'2:4'`, `'4x4'`. Default: those of each column, or
   * columns, as the granularity says.
   */
  pattern?: string;
}

/**
 * Targeted dropout as a weight transform: drops in training, leaves the kernel alone otherwise (pruning is a step of
 * its own).
 *
 * @throws RangeError or TypeError if an option is out of range, as `targetedDropout`; `rampSteps` must be ≥ 1
 */
export function targetedDropoutTransform(options: TargetedDropoutTransformOptions): WeightTransform {
  const op = 'targetedDropoutTransform';
  checkKeys(op, 'options', options, KEYS);
  const { rampSteps, schedule, pattern: name, seed = 0, ...rest } = options;
  checkRamp(op, options);
  checkDropout(op, { ...rest, seed });
  const pattern = name === undefined ? undefined : targetedPattern(op, name, options);
  const ratesAt = (at: number) => rampedRates(rest, rampSteps, at, schedule);
  if (pattern !== undefined) {
    return {
      name: NAME,
      apply(kernel, { path, step, training }) {
        if (!training) return kernel;
        const at = stepNumber(step);
        const rates = ratesAt(at);
        return dropped(patternDropout(kernel, pattern, rates, { seed, step: at, path }), kernel, rates);
      },
      targetMask: (kernel, { path }) => keptMagnitudes(kernel, pattern, pattern.sparsity ?? rest.targetFraction, path),
      getConfig: () => ({ ...options }),
    };
  }
  const optionsAt = (step: tf.Scalar) => {
    const at = stepNumber(step);
    return { ...rest, ...ratesAt(at), seed, step: at };
  };
  const thresholdsOf = thresholdMemory();
  return {
    name: NAME,
    apply(kernel, { path, step, training }) {
      if (!training) return kernel;
      return dropWeights(kernel, path, optionsAt(step));
    },
    prepare: (kernels, { step }) => dropAllWeights(kernels, { ...optionsAt(step), thresholds: thresholdsOf(kernels) }),
    targetMask: (kernel, { path }) =>
      topKMask(kernel, { sparsity: rest.targetFraction, granularity: rest.granularity ?? 'weight', name: path }),
    getConfig: () => ({ ...options }),
  };
}

/** A pattern that the switches of the published implementations, which are about columns, go together with. */
function targetedPattern(op: string, name: string, options: TargetedDropoutTransformOptions): Pattern {
  const pattern = findPattern(op, name, PATTERNS);
  const { granularity = 'weight', coin = 'unit', rescale = false, targetFraction } = options;
  const standard = { granularity: 'weight', coin: 'unit', rescale: false };
  for (const [key, value] of Object.entries({ granularity, coin, rescale })) {
    const expected = standard[key as keyof typeof standard];
    if (value !== expected) {
      throw new RangeError(`${op}: ${key} must be ${expected} with pattern '${name}', got ${value}`);
    }
  }
  if (pattern.sparsity !== undefined && Math.abs(targetFraction - pattern.sparsity) > 5e-3) {
    const own = Number(pattern.sparsity.toFixed(4));
    throw new RangeError(`${op}: targetFraction must be ${own} with pattern '${name}', got ${targetFraction}`);
  }
  return pattern;
}

/**
 * The thresholds of the last step for every network that a transform serves: what makes a step fast, never what it
 * gives.
 */
function thresholdMemory(): (kernels: ReadonlyMap<string, tf.Tensor>) => Int32Array {
  const memory = new Map<string, Int32Array>();
  return (kernels) => {
    const network = [...kernels].map(([path, { shape }]) => `${path}:${shape}`).join();
    let thresholds = memory.get(network);
    if (thresholds === undefined) {
      const columns = [...kernels.values()].reduce((sum, { shape }) => sum + (shape.at(-1) ?? 0), 0);
      thresholds = new Int32Array(columns);
      memory.set(network, thresholds);
    }
    return thresholds;
  };
}

registerTransform(NAME, (config) => targetedDropoutTransform(config as unknown as TargetedDropoutTransformOptions));

/** Targeted dropout, constant or ramping, with the switches of the two published implementations. */
export const targetedDropout = defineMethod({
  name: NAME,
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
    pattern: patternOption('weight', PATTERNS, 'what is targeted together; weight: in columns, or columns', ['weight']),
    schedule: scheduleOption('ramp', 'how γ and α rise'),
  },
  create: ({ gamma, alpha, ramp, rescale, coin, pattern, schedule }, context) =>
    targetedDropoutTransform({
      targetFraction: gamma,
      dropRate: alpha,
      granularity: context.granularity,
      seed: context.seed,
      ...unusual({ rescale, coin }, { rescale: false, coin: 'unit' }),
      ...rampSteps(ramp, context),
      ...unusual({ pattern, schedule }, { pattern: 'weight', schedule: 'ramp' }),
    }),
});
