import * as tf from '@tensorflow/tfjs';
import { createTransform } from '@winnow/ops';
import { applyTransform, restoreVariables, type TransformMetadata } from './apply-transform.js';

/**
 * Loads a model and puts back the transform that it was saved with, so that training goes on as before. A model saved
 * without one loads as by `tf.loadLayersModel`.
 *
 * @param source a `file://…/model.json` or other URL, or an IOHandler, as `tf.loadLayersModel` takes it
 * @throws RangeError if the saved transform's name is not registered (import the package that has it)
 */
export async function loadModel(source: string | tf.io.IOHandler): Promise<tf.LayersModel> {
  const model = await tf.loadLayersModel(source);
  const metadata = (model.getUserDefinedMetadata() as { winnow?: TransformMetadata } | undefined)?.winnow;
  if (metadata !== undefined) {
    const transform = createTransform(metadata.transform.name, metadata.transform.config);
    const applied = applyTransform(model, transform, metadata.selection);
    if (metadata.variables !== undefined) restoreVariables(applied, metadata.variables);
  }
  return model;
}
