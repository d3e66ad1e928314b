import type * as tf from '@tensorflow/tfjs';

/** The step as a number. */
export function stepNumber(step: tf.Scalar): number {
  return step.dataSync()[0] as number;
}
