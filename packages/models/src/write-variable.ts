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

/** What constraints of tf.layers change of values that meet them: their epsilon (1e-7), and rounding. */
const [EPSILON, ROUNDING] = [2e-7, 1e-6];

/**
 * Writes a layer's variable with values from elsewhere. Those that meet its constraint stay as they are to the last
 * bit, so that what is exported and imported again is the same; others are constrained, as tf.layers does.
 *
 * @param variable what `source` holds
 */
export function writeImported(source: WritableVariable, variable: tf.Variable, value: tf.Tensor): void {
  const { constraint } = source;
  const isMet = tf.tidy(() => {
    if (constraint == null) return true;
    const change = tf.abs(tf.sub(constraint.apply(value), value));
    return tf.all(tf.lessEqual(change, tf.add(tf.mul(tf.abs(value), ROUNDING), EPSILON))).dataSync()[0] === 1;
  });
  if (isMet) variable.assign(value);
  else writeVariable(source, value);
}
