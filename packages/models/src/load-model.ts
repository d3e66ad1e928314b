import * as tf from '@tensorflow/tfjs';
import { createTransform } from '@winnow/ops';
import { applyTransform, restoreVariables, type TransformMetadata } from './apply-transform.js';
import { seedDropout } from './seeded-dropout.js';

interface SavedMetadata {
  winnow?: TransformMetadata;
  winnowDropout?: { seed: number };
}

/**
 * Loads a model and restores the transform and dropout seed it was saved with, so that training continues as before.
 * Other models load as with `tf.loadLayersModel`.
 *
 * @param source a URL such as `file://…/model.json`, or an IOHandler, as for `tf.loadLayersModel`
 * @throws RangeError if the saved transform's name is not registered (import the package that defines it)
 */
export async function loadModel(source: string | tf.io.IOHandler): Promise<tf.LayersModel> {
  const model = await tf.loadLayersModel(source);
  const saved = model.getUserDefinedMetadata() as SavedMetadata | undefined;
  if (saved?.winnowDropout !== undefined) seedDropout(model, saved.winnowDropout.seed);
  if (saved?.winnow !== undefined) {
    const { transform, selection, variables } = saved.winnow;
    const applied = applyTransform(model, createTransform(transform.name, transform.config), selection);
    if (variables !== undefined) restoreVariables(applied, variables);
  }
  return model;
}
