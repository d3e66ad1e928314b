import * as tf from '@tensorflow/tfjs';
import { registerTransform, type WeightTransform, withCutWeights } from '@winnow/ops';
import { checkChoice, checkFraction, checkInteger, checkKeys, checkNonNegative } from '@winnow/ops/arguments';
import type { LayerAllocationName } from './allocation/index.js';
import { choice, fraction, nonNegative, positiveInteger, unusual } from './hyperparameter.js';
import { checkAxes, layerShares } from './masks/choose-masks.js';
import { masked } from './masks/masked.js';
import { defineMethod } from './method.js';
import { own } from './own.js';
import { findPattern, patternKinds, patternOption } from './patterns/index.js';
import { straightThrough } from './straight-through.js';

const NAME = 'top-kast';
const ALLOCATIONS = ['uniform', 'erk'] as const;

/** What straight-through top-k is asked for. */
export interface TopKastOptions {
  /** Sparsity of what the layer sees, in [0, 1]. */
  sparsity: number;
  /** Sparsity of what gets a gradient, in [0, `sparsity`]; 0: the plain straight-through estimator. */
  backwardSparsity: number;
  /**
   * λ ≥ 0 of the pull λ·w on weights that are seen, λ·w/(1 − sparsity) on those that only get a gradient. Default 1e-4.
   */
  lambda?: number;
  /** Steps between two choices of the masks, ≥ 1. Default 1. */
  interval?: number;
  /** Which weights fall together, by name. Default `'layer'`. */
  pattern?: string;
  /** How both sparsities are spread over the kernels. Default `'uniform'`. */
  allocation?: LayerAllocationName;
}

/**
 * The layer sees the largest weights of its kernel; the gradient reaches some more, so that they may come back.
 *
 * @throws RangeError or TypeError if an option is out of range
 * @see Jayakumar et al., "Top-KAST: Top-K Always Sparse Training", arXiv 2106.03517
 */
export function topKastTransform(options: TopKastOptions): WeightTransform {
  const op = 'topKastTransform';
  checkKeys(op, 'options', options ?? {}, [
    'sparsity',
    'backwardSparsity',
    'lambda',
    'interval',
    'pattern',
    'allocation',
  ]);
  const sparsity = checkFraction(op, 'sparsity', options?.sparsity);
  const backwardSparsity = checkFraction(op, 'backwardSparsity', options.backwardSparsity);
  if (backwardSparsity > sparsity) {
    throw new RangeError(`${op}: backwardSparsity must be in [0, sparsity = ${sparsity}], got ${backwardSparsity}`);
  }
  const lambda = checkNonNegative(op, 'lambda', options.lambda ?? 1e-4);
  const interval = checkInteger(op, 'interval', options.interval ?? 1, 1, 2 ** 31 - 1);
  const pattern = findPattern(op, options.pattern ?? 'layer');
  const allocation = checkChoice(op, 'allocation', options.allocation ?? 'uniform', ALLOCATIONS);
  const seen = checkAxes(op, { pattern, allocation, sparsity });
  // A pattern with a sparsity of its own holds for what the layer sees; what gets a gradient may be denser.
  const reached = { ...seen, sparsity: Math.min(backwardSparsity, seen.sparsity) };
  const sharesOf = (kernels: readonly tf.Tensor[]) => {
    const shapes = kernels.map(({ shape }) => shape);
    return [layerShares(seen, shapes), layerShares(reached, shapes)] as [number[], number[]];
  };
  const masksOf = (kernel: tf.Tensor, [mask, backward]: readonly [number, number]) => {
    const collected = pattern.collect(tf.abs(kernel));
    const cut = (share: number) => pattern.spread(pattern.cut(collected, share), kernel.shape);
    return { mask: cut(mask), backward: cut(backward) };
  };
  return {
    ...masked(NAME),
    name: NAME,
    pruningScope: allocation === 'erk' ? 'global' : pattern.name === 'column' ? 'column' : 'layer',
    variables({ path, kernel, kernels }) {
      // A kernel that stands alone need not be among them.
      const index = Math.max(0, [...kernels.keys()].indexOf(path));
      const [mask, backward] = sharesOf(kernels.size > 0 ? [...kernels.values()] : [kernel]);
      const masks = tf.tidy(() => masksOf(kernel, [mask[index] as number, backward[index] as number]));
      return { mask: { initial: masks.mask }, backward: { initial: masks.backward } };
    },
    apply: (kernel, { variables }) => {
      const mask = own(NAME, 'mask', variables);
      const backward = own(NAME, 'backward', variables);
      const factor = 1 / Math.max(1 - seen.sparsity, 1e-6);
      const seenKernel = tf.tidy(() => {
        const pull = tf.mul(tf.add(mask, tf.mul(tf.sub(backward, mask), factor)), lambda);
        return straightThrough(kernel, mask, { backward, ...(lambda > 0 && { pull }) });
      });
      return withCutWeights(seenKernel, {
        gradient: { mask: backward },
        density: 1 - seen.sparsity,
        gradientDensity: 1 - reached.sparsity,
      });
    },
    afterStep(step, kernels) {
      if ((step + 1) % interval !== 0) return;
      const all = [...kernels.values()];
      const [mask, backward] = sharesOf(all.map(({ kernel }) => kernel));
      all.forEach(({ kernel, variables }, i) => {
        const masks = masksOf(kernel, [mask[i] as number, backward[i] as number]);
        variables['mask']!.assign(masks.mask);
        variables['backward']!.assign(masks.backward);
      });
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
    pattern: patternOption('layer', patternKinds, 'which weights fall together'),
    allocation: choice(ALLOCATIONS, 'uniform', 'how both sparsities are spread over the layers'),
  },
  create: ({ sparsity, backward, lambda, interval, pattern, allocation }) =>
    topKastTransform({
      sparsity,
      backwardSparsity: Math.min(backward, sparsity),
      lambda,
      interval,
      ...unusual({ pattern, allocation }, { pattern: 'layer', allocation: 'uniform' }),
    }),
});
