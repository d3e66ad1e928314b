import type * as tf from '@tensorflow/tfjs';
import { kernelIdOf, randomUniform, registerTransform, type WeightTransform } from '@winnow/ops';
import { choice, fraction, positiveInteger } from './hyperparameter.js';
import { dropAndGrow, replaceMask } from './masks/drop-and-grow.js';
import { type DynamicSparseOptions, dynamicSparse, dynamicSparseOptions } from './masks/dynamic-sparse.js';
import { defineMethod, stepsOf } from './method.js';

const NAME = 'set';

/**
 * Sparse from the first step on: every `interval` steps a constant share of the weights, the weakest, is dropped and as many grow at
 * random places. New weights start at zero.
 *
 * @throws RangeError or TypeError if an option is out of range
 * @see Mocanu et al., "Scalable training of artificial neural networks with adaptive sparse connectivity", arXiv 1707.04780
 */
export function setTransform(given: DynamicSparseOptions): WeightTransform {
  const options = dynamicSparseOptions('setTransform', given);
  const { isRenewal: _, ...sparse } = dynamicSparse(NAME, options, 'layer', (step, path, { kernel, variables }) => {
    const mask = variables['mask'] as tf.Variable;
    const growth = randomUniform(kernel.shape, { seed: options.seed, step, stream: kernelIdOf(path) });
    replaceMask(kernel, mask, dropAndGrow(kernel, mask, growth, options.fraction));
  });
  return { ...sparse, getConfig: () => ({ ...given }) };
}

registerTransform(NAME, (config) => setTransform(config as unknown as DynamicSparseOptions));

export const set = defineMethod({
  name: NAME,
  title: 'SET',
  summary: 'sparse from the start; drops weak weights and grows others at random',
  reference:
    'Mocanu et al., "Scalable training of artificial neural networks with adaptive sparse connectivity", arXiv 1707.04780',
  pruned: '|w · mask| over the network; in every layer for uniform',
  granularities: ['weight'],
  hyperparameters: {
    sparsity: fraction(0.9, 'of the network, from the first step on'),
    interval: positiveInteger(100, 'steps between renewals (published: an epoch)'),
    fraction: fraction(0.3, 'ζ: share of the weights that a renewal replaces'),
    end: fraction(1, 'fraction of the run after which the masks stay'),
    allocation: choice(['erk', 'uniform'], 'erk', 'how the sparsity is spread over the layers'),
  },
  create: ({ sparsity, interval, fraction: share, end, allocation }, context) =>
    setTransform({
      sparsity,
      interval,
      fraction: share,
      allocation,
      endStep: stepsOf(end, context),
      seed: context.seed,
    }),
});
