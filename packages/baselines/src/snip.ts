import * as tf from '@tensorflow/tfjs';
import { registerTransform, type WeightTransform } from '@winnow/ops';
import { checkChoice, checkFraction, checkInteger, checkKeys } from '@winnow/ops/arguments';
import { choice, fraction, unusual } from './hyperparameter.js';
import { axesOfScope, SCOPES, type Scope, scopeOf } from './masks/axes-of-scope.js';
import { chooseMasks } from './masks/choose-masks.js';
import { masked } from './masks/masked.js';
import { defineMethod } from './method.js';
import { patternKinds, patternOption } from './patterns/index.js';
import { findScore, scoreOption } from './scores/index.js';

const NAME = 'snip';
/** An average over steps has nothing to average before training. */
const SCORES = ['saliency', 'magnitude', 'random', 'gradient'] as const;

/** What SNIP is asked for. */
export interface SnipOptions {
  /** In [0, 1]. */
  sparsity: number;
  /** Among which scores it ranks, `'erk'` in each layer its own share. Default `'global'`, as published. */
  scope?: Scope;
  /** What is ranked, on the first batch. Default `'saliency'`, |w·∂L/∂w|, as published. */
  score?: (typeof SCORES)[number];
  /** Which weights fall together, by name. Default: single weights. */
  pattern?: string;
  /** Of random scores. Default 0. */
  seed?: number;
}

/**
 * Pruning before training by |w·∂L/∂w| on one batch: the first step scores the weights as they were made, cuts, and
 * puts the kept ones back to their first values; then the sparse network is trained.
 *
 * The kernels must have their first values when the transform is put into the model.
 *
 * @throws RangeError or TypeError if an option is out of range, or options do not go together
 * @see Lee, Ajanthan, Torr, "SNIP: Single-shot Network Pruning based on Connection Sensitivity", arXiv 1810.02340
 */
export function snipTransform(options: SnipOptions): WeightTransform {
  const op = 'snipTransform';
  checkKeys(op, 'options', options ?? {}, ['sparsity', 'scope', 'score', 'pattern', 'seed']);
  const sparsity = checkFraction(op, 'sparsity', options?.sparsity);
  const scope = checkChoice(op, 'scope', options.scope ?? 'global', SCOPES);
  const score = findScore(op, options.score ?? 'saliency', SCORES);
  const seed = checkInteger(op, 'seed', options.seed ?? 0, 0, Number.MAX_SAFE_INTEGER);
  const { pruningScope, ...axes } = axesOfScope(op, scope, { ...options, granularity: 'weight', sparsity });
  return {
    ...masked(NAME),
    name: NAME,
    pruningScope,
    variables: ({ kernel }) => ({ mask: { initial: tf.ones(kernel.shape) }, first: { initial: tf.clone(kernel) } }),
    needsGradient: (step) => step === 0 && score.gradient !== 'none',
    afterStep(step, kernels) {
      if (step !== 0) return;
      const scores = [...kernels].map(([path, { variables, gradient }]) =>
        score.of({ path, kernel: variables['first'] as tf.Tensor, seed, step, ...(gradient && { gradient }) }),
      );
      const masks = chooseMasks(scores, axes);
      [...kernels.values()].forEach(({ kernel, variables }, i) => {
        variables['mask']!.assign(tf.broadcastTo(masks[i] as tf.Tensor, kernel.shape));
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
    scope: choice([...SCOPES, 'uniform'], 'global', 'among which scores it ranks; uniform: as layer'),
    score: scoreOption(SCORES, 'saliency', 'what is ranked, on the first batch'),
    pattern: patternOption('weight', patternKinds, 'which weights fall together', ['weight']),
  },
  create: ({ sparsity, scope, score, pattern }, { seed }) =>
    snipTransform({
      sparsity,
      scope: scopeOf(scope),
      ...(score === 'random' && { seed }),
      ...unusual({ score, pattern }, { score: 'saliency', pattern: 'weight' }),
    }),
});
