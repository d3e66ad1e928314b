import * as tf from '@tensorflow/tfjs';
import { createTransform } from '@winnow/ops';
import { applyTransform, restoreVariables, type TransformMetadata } from './apply-transform.js';
import { seedDropout } from './seeded-dropout.js';

interface SavedMetadata {
  winnow?: TransformMetadata;
  winnowDropout?: { seed: number };
}

/** A page has an address that `/model.json` is relative to; a process has none. */
function checkSource(source: unknown): void {
  if (typeof source === 'object' && source !== null && typeof (source as tf.io.IOHandler).load === 'function') return;
  if (typeof source !== 'string') {
    throw new TypeError(`loadModel: source must be a URL or an IOHandler with load, got ${source}`);
  }
  const isRelative = !/^[a-z][a-z\d+.-]*:\/\//i.test(source);
  if (isRelative && (globalThis as { location?: unknown }).location === undefined) {
    throw new TypeError(`loadModel: source must be a URL, got '${source}'; for a file write 'file://${source}'`);
  }
}

/**
 * Loads a model and restores the transform and dropout seed it was saved with, so that training continues as before.
 * Other models load as with `tf.loadLayersModel`.
 *
 * @param source a URL such as `file://…/model.json`, or an IOHandler, as for `tf.loadLayersModel`
 * @throws TypeError for a path without `file://`; RangeError if the saved transform's name is not registered (import the package that defines it)
 */
export async function loadModel(source: string | tf.io.IOHandler): Promise<tf.LayersModel> {
  checkSource(source);
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
