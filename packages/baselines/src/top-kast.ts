import * as tf from '@tensorflow/tfjs';
import { registerTransform, type WeightTransform } from '@winnow/ops';
import { checkFraction, checkInteger, checkNonNegative } from '@winnow/ops/arguments';
import { fraction, nonNegative, positiveInteger } from './hyperparameter.js';
import { masksOfSparsity } from './masks/mask-of-scores.js';
import { masked } from './masks/masked.js';
import { defineMethod } from './method.js';
import { own } from './own.js';
import { straightThrough } from './straight-through.js';

const NAME = 'top-kast';

/** What straight-through top-k is asked for. */
export interface TopKastOptions {
  /** Sparsity of what the layer sees, in [0, 1]. */
  sparsity: number;
  /** Sparsity of what gets a gradient, in [0, `sparsity`]; 0: the plain straight-through estimator. */
  backwardSparsity: number;
  /** λ ≥ 0 of the pull λ·w on weights that are seen, λ·w/(1 − sparsity) on those that only get a gradient. Default 1e-4. */
  lambda?: number;
  /** Steps between two choices of the masks, ≥ 1. Default 1. */
  interval?: number;
}

/**
 * The layer sees the largest weights of its kernel; the gradient reaches some more, so that they may come back.
 *
 * @throws RangeError or TypeError if an option is out of range
 * @see Jayakumar et al., "Top-KAST: Top-K Always Sparse Training", arXiv 2106.03517
 */
export function topKastTransform(options: TopKastOptions): WeightTransform {
  const op = 'topKastTransform';
  const sparsity = checkFraction(op, 'sparsity', options?.sparsity);
  const backwardSparsity = checkFraction(op, 'backwardSparsity', options.backwardSparsity);
  if (backwardSparsity > sparsity) {
    throw new RangeError(`${op}: backwardSparsity must be in [0, sparsity = ${sparsity}], got ${backwardSparsity}`);
  }
  const lambda = checkNonNegative(op, 'lambda', options.lambda ?? 1e-4);
  const interval = checkInteger(op, 'interval', options.interval ?? 1, 1, 2 ** 31 - 1);
  const masksOf = (kernel: tf.Tensor) => {
    const scores = [tf.abs(kernel)];
    const [mask] = masksOfSparsity(scores, sparsity, 'layer') as [tf.Tensor];
    const [backward] = masksOfSparsity(scores, backwardSparsity, 'layer') as [tf.Tensor];
    return { mask, backward };
  };
  return {
    ...masked(NAME),
    name: NAME,
    pruningScope: 'layer',
    variables({ kernel }) {
      const { mask, backward } = tf.tidy(() => masksOf(kernel));
      return { mask: { initial: mask }, backward: { initial: backward } };
    },
    apply: (kernel, { variables }) => {
      const mask = own(NAME, 'mask', variables);
      const backward = own(NAME, 'backward', variables);
      const factor = 1 / Math.max(1 - sparsity, 1e-6);
      return tf.tidy(() => {
        const pull = tf.mul(tf.add(mask, tf.mul(tf.sub(backward, mask), factor)), lambda);
        return straightThrough(kernel, mask, { backward, ...(lambda > 0 && { pull }) });
      });
    },
    afterStep(step, kernels) {
      if ((step + 1) % interval !== 0) return;
      for (const { kernel, variables } of kernels.values()) {
        const { mask, backward } = masksOf(kernel);
        variables['mask']!.assign(mask);
        variables['backward']!.assign(backward);
      }
    },
    getConfig: () => ({ ...options }),
  };
}

registerTransform(NAME, (config) => topKastTransform(config as unknown as TopKastOptions));

export const topKast = defineMethod({
  name: NAME,
  title: 'straight-through top-k (Top-KAST)',
  summary: 'the layer sees the largest weights, the gradient reaches some more',
  reference: 'Jayakumar et al., "Top-KAST: Top-K Always Sparse Training", arXiv 2106.03517',
  pruned: '|w · mask| in every layer',
  granularities: ['weight'],
  hyperparameters: {
    sparsity: fraction(0.9, 'of what the layer sees'),
    backward: fraction(0.8, 'sparsity of what gets a gradient, at most `sparsity`; 0: straight-through'),
    lambda: nonNegative(1e-4, 'pull on the weights, times 1/(1 − sparsity) on those that are not seen'),
    interval: positiveInteger(1, 'steps between choices of the masks'),
  },
  create: ({ sparsity, backward, lambda, interval }) =>
    topKastTransform({ sparsity, backwardSparsity: Math.min(backward, sparsity), lambda, interval }),
});
