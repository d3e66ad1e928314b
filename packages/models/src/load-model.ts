import * as tf from '@tensorflow/tfjs';
import type { KernelSelection } from '@winnow/graph';
import { createTransform } from '@winnow/ops';
import { applyTransform, restoreVariables, type TransformMetadata } from './apply-transform.js';
import { checkTopology } from './keras/differences.js';
import { isKeras3, keras2Topology } from './keras/keras3-topology.js';
import { assignKeras3Weights } from './keras/keras3-weights.js';
import { modelKernels, selectKernels } from './kernel-layers.js';
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
 * Other models load as with `tf.loadLayersModel`; a model of Keras 3 as well, as far as tf.layers has its layers.
 *
 * @param source a URL such as `file://…/model.json`, or an IOHandler, as for `tf.loadLayersModel`
 * @throws TypeError for a path without `file://`; RangeError for a GraphModel, if tf.layers lacks a layer of a Keras
 *   model or computes it otherwise, or if the saved transform's name is not registered (import the package that defines
 *   it)
 */
export async function loadModel(source: string | tf.io.IOHandler): Promise<tf.LayersModel> {
  checkSource(source);
  const handler = typeof source === 'string' ? handlerOf(source) : source;
  const artifacts = await (handler as Required<tf.io.IOHandler>).load();
  const model = await modelOf(artifacts, typeof source === 'string' ? `'${source}'` : 'the source');
  const saved = model.getUserDefinedMetadata() as SavedMetadata | undefined;
  if (saved?.winnowDropout !== undefined) seedDropout(model, saved.winnowDropout.seed);
  if (saved?.winnow !== undefined) {
    const { transform, variables } = saved.winnow;
    const method = createTransform(transform.name, transform.config);
    const applied = applyTransform(model, method, savedSelection(model, saved.winnow));
    if (variables !== undefined) restoreVariables(applied, variables);
  }
  return model;
}

/**
 * The selection that picks the kernels that the method acted on. tf.layers does not save that a nested model is frozen,
 * so what picked them before may pick others now.
 */
function savedSelection(model: tf.LayersModel, { selection, kernels }: TransformMetadata): KernelSelection {
  if (kernels === undefined) return selection;
  const { custom } = selection;
  const known = new Set(modelKernels(model, custom).map(({ path }) => path));
  const gone = kernels.find((path) => !known.has(path));
  if (gone !== undefined) throw new RangeError(`loadModel: the saved method acts on '${gone}', which the model lacks`);
  const picked = selectKernels('loadModel', model, selection).map(({ path }) => path);
  return picked.join() === kernels.join() ? selection : { include: kernels, ...(custom && { custom }) };
}

function handlerOf(url: string): tf.io.IOHandler {
  const handlers = tf.io.getLoadHandlers(url) as unknown as tf.io.IOHandler[];
  const [handler, ...others] = handlers;
  if (others.length > 0) throw new RangeError(`loadModel: '${url}' has ${handlers.length} load handlers`);
  if (handler) return handler;
  if (url.startsWith('file:')) {
    throw new RangeError(`loadModel: '${url}' needs a handler of files: import '@winnow/tensorflow' first`);
  }
  return tf.io.browserHTTPRequest(url);
}

/** @param name of the source, for errors */
async function modelOf(artifacts: tf.io.ModelArtifacts, name: string): Promise<tf.LayersModel> {
  const { modelTopology, format, userDefinedMetadata } = artifacts;
  if (format === 'graph-model' || (modelTopology && 'node' in modelTopology)) {
    throw new RangeError(
      `loadModel: ${name} is a GraphModel, whose layers are gone; convert the Keras model to a layers model instead`,
    );
  }
  if (!isKeras3(modelTopology)) {
    checkTopology(modelTopology);
    return tf.loadLayersModel({ load: async () => artifacts });
  }
  const topology = keras2Topology(modelTopology) as object;
  const model = await built(topology, name);
  try {
    assignKeras3Weights(model, artifacts);
  } catch (error) {
    model.dispose();
    throw error;
  }
  if (userDefinedMetadata) model.setUserDefinedMetadata(userDefinedMetadata);
  return model;
}

async function built(modelTopology: object, name: string): Promise<tf.LayersModel> {
  try {
    return await tf.loadLayersModel({ load: async () => ({ modelTopology }) });
  } catch (error) {
    const { message } = error as Error;
    throw new RangeError(`loadModel: tf.layers cannot build the Keras 3 model ${name}: ${message}`, { cause: error });
  }
}
