import * as tf from '@tensorflow/tfjs';

/** A layer's variable, as far as writing it needs. */
export interface WritableVariable {
  read(): tf.Tensor;
  write(value: tf.Tensor): unknown;
  readonly constraint?: { apply(value: tf.Tensor): tf.Tensor } | null;
}

/**
 * Writes a layer's variable and applies its constraint, as tf.layers does whenever it writes a weight, and so when it
 * loads a model: what is saved then computes the same. Norms are met only nearly where few small weights are left,
 * since tf.layers adds an epsilon to them, so the constraint is applied a second time.
 */
export function writeVariable(variable: WritableVariable, value: tf.Tensor): void {
  variable.write(value);
  if (variable.constraint == null) return;
  tf.tidy(() => {
    variable.write(tf.clone(variable.read()));
  });
}
