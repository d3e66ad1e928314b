import * as tf from '@tensorflow/tfjs';
import { registerTransform, type WeightTransform, withCutWeights } from '@winnow/ops';
import { checkKeys, checkNonNegative } from '@winnow/ops/arguments';
import { nonNegative, unusual } from './hyperparameter.js';
import { keptMagnitudes } from './masks/kept-magnitudes.js';
import { defineMethod } from './method.js';
import { findPattern, patternOption } from './patterns/index.js';
import { straightThrough } from './straight-through.js';

const NAME = 'two-four';

/** What training with N:M sparsity is asked for. */
export interface TwoFourOptions {
  /** N of every M rows, by name. Default `'2:4'`. */
  pattern?: string;
  /** λ ≥ 0 of the pull λ·w on weights that the pattern cuts. Default 2e-4. */
  lambda?: number;
}

/**
 * Training with the two larger of every four weights of a column (rows that follow each other), or N of M: the layer
 * sees these, the gradient reaches all (straight-through), and cut weights are pulled to zero so that the pattern
 * settles (SR-STE).
 *
 * @throws RangeError or TypeError if an option is out of range
 * @see Zhou et al., "Learning N:M Fine-grained Structured Sparse Neural Networks From Scratch", arXiv 2102.04010
 */
export function twoFourTransform(options: TwoFourOptions = {}): WeightTransform {
  checkKeys('twoFourTransform', 'options', options, ['pattern', 'lambda']);
  const lambda = checkNonNegative('twoFourTransform', 'lambda', options.lambda ?? 2e-4);
  const pattern = findPattern('twoFourTransform', options.pattern ?? '2:4', ['N:M']);
  const maskOf = (kernel: tf.Tensor, path: string) => keptMagnitudes(kernel, pattern, pattern.sparsity as number, path);
  return {
    name: NAME,
    apply(kernel, { path, training }) {
      const seen = tf.tidy(() => {
        const mask = tf.cast(maskOf(kernel, path), 'float32');
        if (!training) return tf.mul(kernel, mask);
        return straightThrough(kernel, mask, lambda > 0 ? { pull: tf.mul(tf.sub(1, mask), lambda) } : {});
      });
      return withCutWeights(seen, { gradient: 'all', density: 1 - (pattern.sparsity as number) });
    },
    targetMask: (kernel, { path }) => maskOf(kernel, path),
    getConfig: () => ({ ...options }),
  };
}

registerTransform(NAME, (config) => twoFourTransform(config as unknown as TwoFourOptions));

export const twoFour = defineMethod({
  name: NAME,
  title: '2:4 from scratch (SR-STE)',
  summary: 'trains with two of every four weights; the others are pulled to zero',
  reference:
    'Zhou et al., "Learning N:M Fine-grained Structured Sparse Neural Networks From Scratch", arXiv 2102.04010',
  pruned: '|w| in every column; the pattern is its target',
  granularities: ['weight'],
  hyperparameters: {
    lambda: nonNegative(2e-4, 'pull on the weights that the pattern cuts'),
    pattern: patternOption('2:4', ['N:M'], 'weights kept of every so many rows'),
  },
  create: ({ lambda, pattern }) => twoFourTransform({ lambda, ...unusual({ pattern }, { pattern: '2:4' }) }),
});
