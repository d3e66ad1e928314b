import * as tf from '@tensorflow/tfjs';
import { registerTransform, type WeightTransform } from '@winnow/ops';
import { choice, fraction, positiveInteger } from './hyperparameter.js';
import { cosineFraction, dropAndGrow, replaceMask } from './masks/drop-and-grow.js';
import { type DynamicSparseOptions, dynamicSparse, dynamicSparseOptions } from './masks/dynamic-sparse.js';
import { defineMethod, stepsOf } from './method.js';

const NAME = 'rigl';

/**
 * Sparse from the first step on: every `interval` steps the weakest weights are dropped and those grow where the gradient of the loss
 * is largest, a share of α/2·(1 + cos(πt/end)). New weights start at zero.
 *
 * @throws RangeError or TypeError if an option is out of range
 * @see Evci et al., "Rigging the Lottery: Making All Tickets Winners", arXiv 1911.11134
 */
export function riglTransform(given: DynamicSparseOptions): WeightTransform {
  const options = dynamicSparseOptions('riglTransform', given);
  const { isRenewal, ...sparse } = dynamicSparse(
    NAME,
    options,
    'layer',
    (step, _path, { kernel, variables, gradient }) => {
      const mask = variables['mask'] as tf.Variable;
      const share = cosineFraction(options.fraction, step, options.endStep);
      replaceMask(kernel, mask, dropAndGrow(kernel, mask, tf.abs(gradient as tf.Tensor), share));
    },
  );
  return { ...sparse, needsGradient: isRenewal, getConfig: () => ({ ...given }) };
}

registerTransform(NAME, (config) => riglTransform(config as unknown as DynamicSparseOptions));

export const rigl = defineMethod({
  name: NAME,
  title: 'RigL',
  summary: 'sparse from the start; drops weak weights and grows where the gradient is large',
  reference: 'Evci et al., "Rigging the Lottery: Making All Tickets Winners", arXiv 1911.11134',
  pruned: '|w · mask| over the network; in every layer for uniform',
  granularities: ['weight'],
  hyperparameters: {
    sparsity: fraction(0.9, 'of the network, from the first step on'),
    interval: positiveInteger(100, 'ΔT: steps between renewals'),
    fraction: fraction(0.3, 'α: share of the weights that the first renewal replaces'),
    end: fraction(0.75, 'fraction of the run after which the masks stay'),
    allocation: choice(['erk', 'uniform'], 'erk', 'how the sparsity is spread over the layers'),
  },
  create: ({ sparsity, interval, fraction: share, end, allocation }, context) =>
    riglTransform({
      sparsity,
      interval,
      fraction: share,
      allocation,
      endStep: stepsOf(end, context),
      seed: context.seed,
    }),
});
