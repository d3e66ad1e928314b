import type * as tf from '@tensorflow/tfjs';

/**
 * Moves variables against their gradients. Made by `sgd` and `adam`; holds one slot or two for each variable, by the variable's
 * name, from the first step on.
 */
export interface Optimizer {
  readonly name: string;
  /**
   * Moves all variables by one step, on the backend `tensorflow` in one native operation. `gradients[i]` belongs to
   * `variables[i]`; the caller keeps ownership of the gradients. A gradient that is NaN or infinite reaches the weights.
   *
   * @throws TypeError for a gradient that is missing or of another dtype, RangeError for one of another shape or a learning rate
   *   that is not a finite number of at least 0, each with the variable's name; nothing has moved then
   */
  step(variables: readonly tf.Variable[], gradients: readonly tf.Tensor[], learningRate: number): void;
  /** Everything a checkpoint needs, by name (`momentum/<variable>`, `step`); owned by the optimizer, replaced by the next step. */
  state(): ReadonlyMap<string, tf.Tensor>;
  /**
   * Puts back what `state()` gave, bit for bit, instead of what the optimizer holds; copies.
   *
   * @throws RangeError for a name that is none of this optimizer's, TypeError for a wrong dtype
   */
  restore(state: ReadonlyMap<string, tf.Tensor>): void;
  /** Frees the slots. The optimizer may be used again and then begins anew. */
  dispose(): void;
}

/** What both optimizers take. */
export interface OptimizerOptions {
  /** In [0, ∞). Default 0. */
  weightDecay?: number;
  /**
   * Whether weights shrink by learning rate × weight decay beside the step ("decoupled"), instead of weight decay times the
   * weight being added to the gradient (L2).
   */
  decoupled?: boolean;
  /** Which variables decay. Default: those of rank 2 or more; biases and scales do not. */
  decayed?: (variable: tf.Variable) => boolean;
  /**
   * All gradients are scaled together so that their joint norm is at most this, by min(1, clipNorm / (norm + 1e-6)), as PyTorch's
   * `clip_grad_norm_` does. Default: not clipped.
   */
  clipNorm?: number;
}
