import * as tf from '@tensorflow/tfjs';
import type { TransformMetadata } from './apply-transform.js';
import type { OwnVariables } from './own-variables.js';

/**
 * Makes `model.save` write the method's own variables into the saved model's metadata. Stock tfjs ignores them there,
 * and `loadModel` restores them. Stored as weights, they would keep stock tfjs from loading the model.
 *
 * @returns a function that undoes this
 */
export function savingVariables(model: tf.LayersModel, own: OwnVariables): () => void {
  if (own.list.length === 0) return () => {};
  const stockSave = model.save;
  model.save = async function (this: tf.LayersModel, target, config) {
    const handler = typeof target === 'string' ? saveHandler(target) : target;
    const save = handler.save?.bind(handler);
    if (save === undefined) throw new TypeError('save: the IOHandler has no save method');
    const adding = tf.io.withSaveHandler((artifacts) => {
      const metadata = artifacts.userDefinedMetadata as { winnow: TransformMetadata };
      const winnow = { ...metadata.winnow, variables: own.encode() };
      return save({ ...artifacts, userDefinedMetadata: { ...metadata, winnow } });
    });
    return stockSave.call(this, adding, config);
  };
  return () => {
    delete (model as Partial<tf.LayersModel>).save;
  };
}

/** @throws RangeError unless exactly one save handler accepts the address */
function saveHandler(url: string): tf.io.IOHandler {
  const handlers = tf.io.getSaveHandlers(url) as unknown as tf.io.IOHandler[];
  if (handlers.length !== 1) throw new RangeError(`save: '${url}' must have 1 save handler, got ${handlers.length}`);
  return handlers[0] as tf.io.IOHandler;
}
