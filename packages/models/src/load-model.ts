import * as tf from '@tensorflow/tfjs';
import { createTransform } from '@winnow/ops';
import { applyTransform, restoreVariables, type TransformMetadata } from './apply-transform.js';
import { seedDropout } from './seeded-dropout.js';

interface SavedMetadata {
  winnow?: TransformMetadata;
  winnowDropout?: { seed: number };
}

/**
 * Loads a model and puts back the transform and the seed of dropout that it was saved with, so that training goes on as
 * before. A model saved without one loads as by `tf.loadLayersModel`.
 *
 * @param source a `file://…/model.json` or other URL, or an IOHandler, as `tf.loadLayersModel` takes it
 * @throws RangeError if the saved transform's name is not registered (import the package that has it)
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
