import { type Pattern as NativePattern, registerTransform, type WeightTransform } from '@winnow/ops';
import { checkFraction, checkInteger, checkKeys, checkPattern } from '@winnow/ops/arguments';
import { choice, fraction, positiveInteger, unusual } from './hyperparameter.js';
import { dropped } from './masks/dropped.js';
import { keptMagnitudes } from './masks/kept-magnitudes.js';
import { patternDropout } from './masks/pattern-dropout.js';
import { defineMethod } from './method.js';
import { block } from './patterns/block.js';
import { nOfM } from './patterns/n-of-m.js';
import { checkRamp, type RampOptions, rampedRates, rampSteps } from './ramped-rates.js';
import { scheduleOption } from './schedules/index.js';
import { stepNumber } from './step-number.js';

const NAME = 'pattern-targeted-dropout';

/** What targeted dropout on a pattern is asked for. With `'2:4'` only α ramps. */
export interface PatternTargetedDropoutOptions extends RampOptions {
  /** Which weights fall together: the two smaller of every four rows, or whole blocks. */
  pattern: Exclude<NativePattern, 'unstructured'>;
  /** γ in [0, 1]; `'2:4'` has 0.5. */
  targetFraction?: number;
  /** α in [0, 1]. */
  dropRate: number;
  /** Default 0. */
  seed?: number;
}

/**
 * Targeted dropout whose targets are what a pattern of pruning would cut: one coin for every weight of a 2:4 group's
 * lower half, or one for every block of low norm.
 *
 * @throws RangeError or TypeError if an option is out of range
 * @see arXiv 1905.13678, section 3; NVIDIA, arXiv 2104.08378 (2:4)
 */
export function patternTargetedDropoutTransform(options: PatternTargetedDropoutOptions): WeightTransform {
  const op = 'patternTargetedDropoutTransform';
  checkKeys(op, 'options', options ?? {}, ['pattern', 'targetFraction', 'dropRate', 'seed', 'rampSteps', 'schedule']);
  const asked = checkPattern(op, options?.pattern) as PatternTargetedDropoutOptions['pattern'];
  const pattern = asked === '2:4' ? nOfM(2, 4) : block(...asked.block);
  const targetFraction = checkFraction(op, 'targetFraction', options.targetFraction ?? pattern.sparsity);
  if (pattern.sparsity !== undefined && targetFraction !== pattern.sparsity) {
    throw new RangeError(`${op}: targetFraction must be 0.5 for '2:4', got ${targetFraction}`);
  }
  const dropRate = checkFraction(op, 'dropRate', options.dropRate);
  const seed = checkInteger(op, 'seed', options.seed ?? 0, 0, Number.MAX_SAFE_INTEGER);
  checkRamp(op, options);
  return {
    name: NAME,
    apply(kernel, { path, step, training }) {
      if (!training) return kernel;
      const at = stepNumber(step);
      const rates = rampedRates({ targetFraction, dropRate }, options.rampSteps, at, options.schedule);
      return dropped(patternDropout(kernel, pattern, rates, { seed, step: at, path }), kernel, rates);
    },
    targetMask: (kernel, { path }) => keptMagnitudes(kernel, pattern, targetFraction, path),
    getConfig: () => ({ ...options }),
  };
}

registerTransform(NAME, (config) =>
  patternTargetedDropoutTransform(config as unknown as PatternTargetedDropoutOptions),
);

export const patternTargetedDropout = defineMethod({
  name: NAME,
  title: 'targeted dropout on a pattern',
  summary: 'targeted dropout whose targets are what 2:4 or block pruning would cut',
  reference:
    'Gomez et al., arXiv 1905.13678; Mishra et al., "Accelerating Sparse Deep Neural Networks", arXiv 2104.08378',
  pruned: '|w| in every column; the pattern itself is its target',
  granularities: ['weight'],
  hyperparameters: {
    pattern: choice(['2:4', 'block'], '2:4', 'two of every four rows, or blocks'),
    rows: positiveInteger(4, 'rows of a block'),
    columns: positiveInteger(4, 'columns of a block'),
    gamma: fraction(0.5, 'γ: fraction of the blocks that is targeted; 0.5 for 2:4'),
    alpha: fraction(0.95, 'α: probability of dropping what is targeted'),
    ramp: fraction(0.5, 'fraction of the run until γ and α have risen to their values; 0: constant'),
    schedule: scheduleOption('ramp', 'how γ and α rise'),
  },
  create: ({ pattern, rows, columns, gamma, alpha, ramp, schedule }, context) =>
    patternTargetedDropoutTransform({
      pattern: pattern === '2:4' ? pattern : { block: [rows, columns] },
      targetFraction: gamma,
      dropRate: alpha,
      seed: context.seed,
      ...rampSteps(ramp, context),
      ...unusual({ schedule }, { schedule: 'ramp' }),
    }),
});
