import * as tf from '@tensorflow/tfjs';
import {
  kernelIdOf,
  type Pattern,
  rampedRates,
  registerTransform,
  targetedDropout,
  topKMask,
  type WeightTransform,
} from '@winnow/ops';
import { checkFraction, checkInteger, checkPattern } from '@winnow/ops/arguments';
import { choice, fraction, positiveInteger } from './hyperparameter.js';
import { defineMethod } from './method.js';
import { stepNumber } from './step-number.js';
import { rampSteps } from './targeted-dropout.js';

const NAME = 'pattern-targeted-dropout';

/** What targeted dropout on a pattern is asked for. */
export interface PatternTargetedDropoutOptions {
  /** Which weights fall together: the two smaller of every four rows, or whole blocks. */
  pattern: Exclude<Pattern, 'unstructured'>;
  /** γ in [0, 1]; `'2:4'` has 0.5. */
  targetFraction?: number;
  /** α in [0, 1]. */
  dropRate: number;
  /** T of ramping in steps, ≥ 1: with `'2:4'` only α ramps. Default: constant. */
  rampSteps?: number;
  /** Default 0. */
  seed?: number;
}

/**
 * Targeted dropout whose targets are what a pattern of pruning would cut: one coin for every weight of a 2:4 group's lower half, or
 * one for every block of low norm.
 *
 * @throws RangeError or TypeError if an option is out of range
 * @see arXiv 1905.13678, section 3; NVIDIA, arXiv 2104.08378 (2:4)
 */
export function patternTargetedDropoutTransform(options: PatternTargetedDropoutOptions): WeightTransform {
  const op = 'patternTargetedDropoutTransform';
  const pattern = checkPattern(op, options?.pattern) as PatternTargetedDropoutOptions['pattern'];
  const isTwoFour = pattern === '2:4';
  const targetFraction = checkFraction(op, 'targetFraction', options.targetFraction ?? (isTwoFour ? 0.5 : undefined));
  if (isTwoFour && targetFraction !== 0.5) {
    throw new RangeError(`${op}: targetFraction must be 0.5 for '2:4', got ${targetFraction}`);
  }
  const dropRate = checkFraction(op, 'dropRate', options.dropRate);
  const seed = checkInteger(op, 'seed', options.seed ?? 0, 0, Number.MAX_SAFE_INTEGER);
  if (options.rampSteps !== undefined) checkInteger(op, 'rampSteps', options.rampSteps, 1, 2 ** 31 - 1);
  const maskOf = (kernel: tf.Tensor, sparsity: number, path: string) =>
    topKMask(kernel, { pattern, name: path, ...(!isTwoFour && { sparsity }) });
  return {
    name: NAME,
    apply: (kernel, { path, step, training }) =>
      training
        ? tf.tidy(() => {
            const at = stepNumber(step);
            const rates = rampedRates({ targetFraction, dropRate }, options.rampSteps, at);
            const coins = { targetFraction: 1, dropRate: rates.dropRate, seed, step: at, kernelId: kernelIdOf(path) };
            const dropped = isTwoFour
              ? targetedDropout(kernel, coins)
              : tf.mul(kernel, blockCoins(kernel.shape, pattern.block, coins));
            return tf.where(maskOf(kernel, rates.targetFraction, path), kernel, dropped);
          })
        : kernel,
    targetMask: (kernel, { path }) => maskOf(kernel, targetFraction, path),
    getConfig: () => ({ ...options }),
  };
}

/** Zeros and ones of the kernel's shape, equal within every block. */
function blockCoins(
  shape: readonly number[],
  [rows, columns]: readonly [number, number],
  coins: Parameters<typeof targetedDropout>[1],
): tf.Tensor {
  const units = shape.at(-1) as number;
  const fanIn = shape.slice(0, -1).reduce((product, axis) => product * axis, 1);
  const [down, across] = [Math.ceil(fanIn / rows), Math.ceil(units / columns)];
  const blocks = targetedDropout(tf.ones([down, across]), coins);
  const spread = tf.tile(tf.reshape(blocks, [down, 1, across, 1]), [1, rows, 1, columns]);
  return tf.reshape(tf.slice(tf.reshape(spread, [down * rows, across * columns]), [0, 0], [fanIn, units]), [...shape]);
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
  },
  create: ({ pattern, rows, columns, gamma, alpha, ramp }, context) =>
    patternTargetedDropoutTransform({
      pattern: pattern === '2:4' ? pattern : { block: [rows, columns] },
      targetFraction: gamma,
      dropRate: alpha,
      seed: context.seed,
      ...rampSteps(ramp, context),
    }),
});
