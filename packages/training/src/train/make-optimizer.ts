import { checkKeys } from '@winnow/native/value-checks';
import { adam, type Optimizer, sgd } from '@winnow/ops';
import type { tf } from '@winnow/tensorflow';
import type { TaskTransform } from './task.js';

/** An optimizer by name, with its hyperparameters; those of the others are ignored. */
export interface OptimizerChoice {
  /** Stochastic gradient descent, Adam, or Adam with decoupled weight decay. Default `'sgd'`. */
  optimizer?: 'sgd' | 'adam' | 'adamw';
  /** SGD: momentum, in [0, 1). Default 0.9. */
  momentum?: number;
  /** SGD: Nesterov's form of momentum. Default false. */
  nesterov?: boolean;
  /** Adam: β₁, in [0, 1). Default 0.9. */
  beta1?: number;
  /** Adam: β₂, in [0, 1). Default 0.999. */
  beta2?: number;
  /**
   * λ of the term λ/2·‖w‖² over all kernels, on the raw variables (AdamW: of the decay beside the step); ≥ 0. Default
   * 0.
   */
  weightDecay?: number;
  /** SGD: whether weights shrink by rate·λ beside the step instead. Default false. */
  decoupled?: boolean;
  /** Gradients are scaled so that their global L2 norm is at most this; > 0. Default: not clipped. */
  clipNorm?: number;
}

/** The keys of `OptimizerChoice`. */
export const OPTIMIZER_OPTIONS = [
  ...['optimizer', 'momentum', 'nesterov', 'beta1', 'beta2', 'weightDecay', 'decoupled', 'clipNorm'],
];

/** All that decides what an optimizer does, for telling runs apart. */
export function optimizerSettings(
  choice: OptimizerChoice,
): Required<Omit<OptimizerChoice, 'clipNorm'>> & { clipNorm: number | null } {
  const { optimizer = 'sgd', momentum = 0.9, nesterov = false, beta1 = 0.9, beta2 = 0.999 } = choice;
  const { weightDecay = 0, decoupled = false, clipNorm = null } = choice;
  return { optimizer, momentum, nesterov, beta1, beta2, weightDecay, decoupled, clipNorm };
}

/**
 * @param transform may take its own variables, and the kernels, out of weight decay
 * @throws RangeError if a hyperparameter is out of range
 */
export function makeOptimizer(choice: OptimizerChoice, transform?: TaskTransform): Optimizer {
  checkKeys('makeOptimizer', 'choice', choice, OPTIMIZER_OPTIONS);
  const { optimizer, momentum, nesterov, beta1, beta2, weightDecay, decoupled, clipNorm } = optimizerSettings(choice);
  const decayed = (variable: tf.Variable) => transform?.isDecayed?.(variable) ?? variable.rank >= 2;
  const clipping = { decayed, ...(clipNorm !== null && { clipNorm }) };
  if (optimizer === 'sgd') return sgd({ momentum, nesterov, weightDecay, decoupled, ...clipping });
  return adam({ beta1, beta2, weightDecay, decoupled: optimizer === 'adamw', ...clipping });
}
