import type * as tf from '@tensorflow/tfjs';
import type { AllocationName } from '../allocation/index.js';

/**
 * Which weights fall together, and among which they rank. Scores of weights are collected to scores of what falls
 * together, the lowest of these are cut, and the choice is spread over the weights again.
 */
export interface Pattern {
  /** As the hyperparameter has it: `column`, `2:4`, `4x4`. */
  readonly name: string;
  /** The sparsity that the pattern itself has, where it has one: 0.5 for 2:4. */
  readonly sparsity?: number;
  /** How a network's sparsity may be spread over layers that have this pattern. */
  readonly allocations: readonly AllocationName[];
  /** The shape of what falls together, of a kernel's. */
  groups(shape: readonly number[]): number[];
  /** Scores of what falls together, of the weights' (≥ 0). */
  collect(scores: tf.Tensor): tf.Tensor;
  /**
   * float32 zeros and ones, 1 = kept: cuts exactly the asked share of what was collected, of equals the lower index
   * first.
   */
  cut(collected: tf.Tensor, sparsity: number): tf.Tensor;
  /** The same as a mask of the kernel's shape, or `[units]`. */
  spread(chosen: tf.Tensor, shape: readonly number[]): tf.Tensor;
  /** The way back: of a mask that `spread` gave. */
  gather(mask: tf.Tensor): tf.Tensor;
}

/** Patterns whose weights fall one by one. */
export const oneByOne: Pick<Pattern, 'groups' | 'collect' | 'spread' | 'gather'> = {
  groups: (shape) => [...shape],
  collect: (scores) => scores,
  spread: (chosen) => chosen,
  gather: (mask) => mask,
};
