import * as tf from '@tensorflow/tfjs';
import { registerTransform, type WeightTransform } from '@winnow/ops';
import { checkChoice, checkFraction } from '@winnow/ops/arguments';
import { choice, fraction } from './hyperparameter.js';
import { masksOfSparsity } from './masks/mask-of-scores.js';
import { masked } from './masks/masked.js';
import { defineMethod } from './method.js';

const NAME = 'snip';

/** What SNIP is asked for. */
export interface SnipOptions {
  /** In [0, 1]. */
  sparsity: number;
  /** Among which scores it ranks. Default `'global'`, as published. */
  scope?: 'column' | 'layer' | 'global';
}

/**
 * Pruning before training by |w·∂L/∂w| on one batch: the first step scores the weights as they were made, cuts, and puts the kept ones
 * back to their first values; then the sparse network is trained.
 *
 * The kernels must have their first values when the transform is put into the model.
 *
 * @throws RangeError or TypeError if an option is out of range
 * @see Lee, Ajanthan, Torr, "SNIP: Single-shot Network Pruning based on Connection Sensitivity", arXiv 1810.02340
 */
export function snipTransform(options: SnipOptions): WeightTransform {
  const sparsity = checkFraction('snipTransform', 'sparsity', options?.sparsity);
  const scopes = ['column', 'layer', 'global'] as const;
  const scope = checkChoice('snipTransform', 'scope', options.scope ?? 'global', scopes);
  return {
    ...masked(NAME),
    name: NAME,
    pruningScope: scope,
    variables: ({ kernel }) => ({ mask: { initial: tf.ones(kernel.shape) }, first: { initial: tf.clone(kernel) } }),
    needsGradient: (step) => step === 0,
    afterStep(step, kernels) {
      if (step !== 0) return;
      const all = [...kernels.values()];
      const scores = all.map(({ variables, gradient }) =>
        tf.abs(tf.mul(variables['first'] as tf.Tensor, gradient as tf.Tensor)),
      );
      const masks = masksOfSparsity(scores, sparsity, scope);
      all.forEach(({ kernel, variables }, i) => {
        variables['mask']!.assign(masks[i] as tf.Tensor);
        kernel.assign(tf.mul(variables['first'] as tf.Tensor, masks[i] as tf.Tensor));
      });
    },
    getConfig: () => ({ ...options }),
  };
}

registerTransform(NAME, (config) => snipTransform(config as unknown as SnipOptions));

export const snip = defineMethod({
  name: NAME,
  title: 'SNIP',
  summary: 'cuts before training by |w · gradient| on the first batch',
  reference:
    'Lee, Ajanthan, Torr, "SNIP: Single-shot Network Pruning based on Connection Sensitivity", arXiv 1810.02340',
  pruned: '|w · mask|, over the scope that it was cut in',
  granularities: ['weight'],
  hyperparameters: {
    sparsity: fraction(0.9, 'fraction that is cut'),
    scope: choice(['column', 'layer', 'global'], 'global', 'among which scores it ranks'),
  },
  create: ({ sparsity, scope }) => snipTransform({ sparsity, scope }),
});
