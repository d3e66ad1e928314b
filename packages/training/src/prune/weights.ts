import { tf } from '@winnow/tensorflow';
import { checkModel } from '../arguments.js';

/** A copy of a model's weights, BatchNorm statistics included. */
export interface WeightSnapshot {
  /** Writes the copied weights back into the model. */
  restore(): void;
  dispose(): void;
}

/** Copies all weights of a model. The caller disposes the snapshot. */
export function snapshotWeights(model: tf.LayersModel): WeightSnapshot {
  checkModel('snapshotWeights', model);
  const variables = model.weights.map((weight) => weight.read() as tf.Variable);
  // A clone shares its data with the variable until the variable is assigned.
  const copies = variables.map((variable) => tf.keep(tf.clone(variable)));
  return {
    restore() {
      variables.forEach((variable, i) => {
        // `assign` takes ownership of the tensor's data, so pass a clone and keep the copy.
        tf.tidy(() => variable.assign(tf.clone(copies[i] as tf.Tensor)));
      });
    },
    dispose() {
      tf.dispose(copies);
    },
  };
}
