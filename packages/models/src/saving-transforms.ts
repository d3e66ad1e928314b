import * as tf from '@tensorflow/tfjs';
import type { TransformMetadata } from './apply-transform.js';

const taught = new WeakSet<object>();

/**
 * Makes `save` write what transforms a model's layers into the saved model's metadata, also where the transform was
 * applied to a model within it. Stock tfjs ignores it there, and `loadModel` restores it. A method's variables, stored
 * as weights, would keep stock tfjs from loading the model. Changes the class of the model, once; models without a
 * transform are saved as ever.
 */
export function saveWith(
  model: tf.LayersModel,
  transformOf: (model: tf.LayersModel) => TransformMetadata | undefined,
): void {
  let owner = Object.getPrototypeOf(model) as tf.LayersModel;
  while (!Object.hasOwn(owner, 'save')) owner = Object.getPrototypeOf(owner) as tf.LayersModel;
  if (taught.has(owner)) return;
  taught.add(owner);
  const stockSave = owner.save;
  owner.save = async function (this: tf.LayersModel, target, config) {
    const winnow = transformOf(this);
    if (winnow === undefined) return stockSave.call(this, target, config);
    const handler = typeof target === 'string' ? saveHandler(target) : target;
    const save = handler.save?.bind(handler);
    if (save === undefined) throw new TypeError('save: the IOHandler has no save method');
    const adding = tf.io.withSaveHandler((artifacts) =>
      save({ ...artifacts, userDefinedMetadata: { ...artifacts.userDefinedMetadata, winnow } }),
    );
    return stockSave.call(this, adding, config);
  };
}

/** @throws RangeError unless exactly one save handler accepts the address */
function saveHandler(url: string): tf.io.IOHandler {
  const handlers = tf.io.getSaveHandlers(url) as unknown as tf.io.IOHandler[];
  if (handlers.length !== 1) throw new RangeError(`save: '${url}' must have 1 save handler, got ${handlers.length}`);
  return handlers[0] as tf.io.IOHandler;
}
