import * as tf from '@tensorflow/tfjs';

/**
 * Checks a model before anything reads it.
 *
 * @param op the operation that the error names
 * @throws TypeError unless it is a tf.LayersModel with live weights
 */
export function checkModel(op: string, model: unknown): asserts model is tf.LayersModel {
  if (!(model instanceof tf.LayersModel)) {
    const what = typeof model === 'object' && model !== null ? model.constructor?.name : String(model);
    throw new TypeError(`${op}: model must be a tf.LayersModel, got ${what}`);
  }
  // `read()` of a disposed weight throws tfjs's own error.
  const gone = model.weights.find((weight) => (weight as unknown as { val: tf.Variable }).val.isDisposed);
  if (gone) throw new TypeError(`${op}: model must not be disposed, but its weight '${gone.originalName}' is`);
}
