import { tf } from '@winnow/tensorflow';

/** A copy of all of a model's weights, BatchNorm's statistics included. */
export interface WeightSnapshot {
  /** Puts the weights back as they were. */
  restore(): void;
  dispose(): void;
}

/** Copies all of a model's weights. */
export function snapshotWeights(model: tf.LayersModel): WeightSnapshot {
  const variables = model.weights.map((weight) => weight.read() as tf.Variable);
  // A clone shares its data with the variable until that is assigned anew.
  const copies = variables.map((variable) => tf.keep(tf.clone(variable)));
  return {
    restore() {
      variables.forEach((variable, i) => {
        // `assign` takes the tensor's data over, so the copy must stay a copy.
        tf.tidy(() => variable.assign(tf.clone(copies[i] as tf.Tensor)));
      });
    },
    dispose() {
      tf.dispose(copies);
    },
  };
}
