import * as tf from '@tensorflow/tfjs';
import { assignAll, checkForget, checkStep, runStep } from './checked-step.js';
import type { Optimizer, OptimizerOptions } from './optimizer.js';
import { checkBoolean, checkDecay, checkOptions, checkRate, decayConfig, decayFactors } from './settings.js';
import { restoreSlots, Slots } from './slots.js';
import { type FusedOptimizer, rateAndOptions, tfOptimizerClass } from './tf-optimizer.js';

/** Name of the kernel in tfjs's registry and of the operation in TensorFlow. */
export const SGD_STEP = 'WinnowSgdStep';

/**
 * Attributes of the registered kernel. Its inputs are `count` variables, their gradients and, with momentum, their
 * momenta.
 */
export interface SgdStepAttributes {
  count: number;
  hasMomentum: boolean;
  nesterov: boolean;
  learningRate: number;
  momentum: number;
  clipNorm: number;
  /** Two factors per variable, see `decayFactors`. */
  decay: readonly number[];
}

/** Options of `sgd`. */
export interface SgdOptions extends OptimizerOptions {
  /** μ, in [0, 1). Default 0. */
  momentum?: number;
  /** Default false; needs momentum. */
  nesterov?: boolean;
}

/**
 * Stochastic gradient descent. g is the clipped gradient plus weightDecay · w (with `decoupled`, w is multiplied by 1 −
 * learningRate · weightDecay instead):
 *
 *     m ← μ m + g     w ← w − learningRate · m     or, with Nesterov's momentum,  w ← w − learningRate · (g + μ m)
 *
 * This equals PyTorch's `SGD` without dampening. Momentum accumulates gradients without the learning rate, so a change
 * of the rate takes effect at once.
 *
 * State: `momentum/<variable>`, or none without momentum.
 *
 * It is also a `tf.Optimizer`: `model.compile({ optimizer: sgd(0.1, { momentum: 0.9 }), loss })`. Only that use needs
 * the learning rate; `train` and `trainTask` pass one to each step.
 *
 * The learning rate is for `compile` and `minimize`, ≥ 0; also accepted as the option `learningRate`.
 *
 * @throws RangeError or TypeError for an option out of range, or one that does not exist
 * @see Sutskever et al., "On the importance of initialization and momentum in deep learning", ICML 2013
 */
export function sgd(options?: SgdOptions): FusedOptimizer;
export function sgd(learningRate: number, options?: SgdOptions): FusedOptimizer;
export function sgd(first?: number | SgdOptions, second?: SgdOptions): FusedOptimizer {
  const op = 'sgd';
  const [learningRate, options] = rateAndOptions(op, first, second);
  checkOptions(op, options, ['momentum', 'nesterov']);
  const momentum = checkRate(op, 'momentum', options.momentum ?? 0);
  const nesterov = checkBoolean(op, 'nesterov', options.nesterov ?? false);
  if (nesterov && momentum === 0) throw new RangeError(`${op}: nesterov needs momentum in (0, 1), got momentum 0`);
  const decay = checkDecay(op, options, false);
  const momenta = new Slots('momentum');
  const hasMomentum = momentum > 0;
  const rule: Optimizer = {
    name: op,
    step(variables, gradients, learningRate) {
      checkStep(op, variables, gradients, learningRate);
      if (variables.length === 0) return;
      const attributes: SgdStepAttributes = {
        count: variables.length,
        hasMomentum,
        nesterov,
        learningRate,
        momentum,
        clipNorm: decay.clipNorm,
        decay: decayFactors(decay, variables, learningRate),
      };
      tf.tidy(() => {
        const slots = hasMomentum ? momenta.of(op, variables) : [];
        const [values, moved] = runStep(SGD_STEP, [variables, gradients, slots], attributes);
        assignAll(variables, values as tf.Tensor[]);
        for (const [i, slot] of (moved ?? []).entries()) momenta.set((variables[i] as tf.Variable).name, slot);
      });
    },
    forget(variable, entries) {
      checkForget(op, variable, entries);
      momenta.clear(variable.name, entries);
    },
    state: () => new Map(momenta.entries()),
    restore: (state) => restoreSlots(op, state, hasMomentum ? [momenta] : []),
    dispose: () => momenta.dispose(),
  };
  return asTfOptimizer(rule, learningRate, { momentum, nesterov, ...decayConfig(decay) }, options.decayed);
}

const asTfOptimizer = tfOptimizerClass('WinnowSgd', (config) => sgd(config));
