import type * as tf from '@tensorflow/tfjs';

/** The part of an optimizer that methods need which replace weights in the middle of training. */
export interface OptimizerMemory {
  /**
   * Sets to zero what is remembered (momenta, means, squares) of some entries of a variable, as if they had had no
   * gradient so far.
   * All else stays, bit for bit; a variable that has not moved yet has nothing to forget.
   *
   * @param entries bool of the variable's shape, true = forgotten
   * @throws TypeError or RangeError for entries of another dtype or shape, with the variable's name
   */
  forget(variable: tf.Variable, entries: tf.Tensor): void;
}

/**
 * Updates variables from gradients. Made by `sgd` and `adam`. From its first step on, it holds one or two slots per
 * variable, stored by the variable's name.
 */
export interface Optimizer extends OptimizerMemory {
  readonly name: string;
  /**
   * Updates all variables by one step; on backend `tensorflow` in one native operation. `gradients[i]` belongs to
   * `variables[i]`, and the caller keeps ownership of the gradients. NaN and infinite gradients reach the weights.
   *
   * @throws TypeError for a missing gradient or one of another dtype; RangeError for one of another shape, or for a
   *   learning rate that is not finite and ≥ 0. The error names the variable, and nothing has changed
   */
  step(variables: readonly tf.Variable[], gradients: readonly tf.Tensor[], learningRate: number): void;
  /**
   * The tensors that a checkpoint needs, by name (`momentum/<variable>`, `step`). They belong to the optimizer, and the
   * next step replaces them.
   */
  state(): ReadonlyMap<string, tf.Tensor>;
  /**
   * Replaces the optimizer's state by copies of tensors from `state()`.
   *
   * @throws RangeError for a name that is not part of this optimizer's state; TypeError for a wrong dtype
   */
  restore(state: ReadonlyMap<string, tf.Tensor>): void;
  /** Disposes the state. The optimizer can be used again and then starts afresh. */
  dispose(): void;
}

/** Options of both optimizers. */
export interface OptimizerOptions {
  /** The learning rate of `compile` and `minimize`, ≥ 0. `step` is given its own. */
  learningRate?: number;
  /** Weight decay λ, in [0, ∞). Default 0. */
  weightDecay?: number;
  /**
   * `true`: each step multiplies weights by 1 − learningRate · weightDecay. `false`: weightDecay · weight is added to
   * the gradient (L2).
   */
  decoupled?: boolean;
  /** Whether a variable decays. Default: those of rank ≥ 2, so not biases and scales. */
  decayed?: (variable: tf.Variable) => boolean;
  /**
   * Scales all gradients together so that their global L2 norm is at most this: by min(1, clipNorm / (norm + 1e-6)), as
   * PyTorch's `clip_grad_norm_`. Default: no clipping.
   */
  clipNorm?: number;
}
