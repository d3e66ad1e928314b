/** A model's variables by names that are the same in every process. tf.layers numbers its own names per process. */

import type * as tf from '@tensorflow/tfjs';
import { checkModel } from '../check-model.js';
import type { WritableVariable } from '../write-variable.js';

/** Target of import and export: a model, or variables such as those of a Transformer. */
export type WeightsTarget = tf.LayersModel | ReadonlyMap<string, tf.Variable> | Iterable<tf.Variable>;

/** A variable named `layer/kernel`. Names of nested models are joined by `/`. */
export interface NamedVariable {
  readonly name: string;
  readonly variable: tf.Variable;
  /** The class of its layer, such as `Dense`: within TimeDistributed and Bidirectional, of the inner layer. */
  readonly layerClass?: string;
  /** The layer's own hold of it, which knows its constraint. */
  readonly source?: WritableVariable;
}

interface Layer {
  name: string;
  layers?: Layer[];
  layer?: Layer;
  forwardLayer?: Layer;
  weights: (WritableVariable & { originalName: string; val: tf.Variable })[];
  getClassName(): string;
}

/** Whether a target is to be a model: it is no collection. */
export function isLayers(target: WeightsTarget): target is tf.LayersModel {
  return typeof target !== 'object' || target === null || !(Symbol.iterator in target);
}

/**
 * Variables of a model or collection by name, in order. Those of a plain collection keep their own names.
 *
 * @param op the operation that an error names
 * @throws TypeError if the target is neither; RangeError if two variables have the same name, or the model was disposed
 */
export function namedVariables(target: WeightsTarget, op = 'namedVariables'): Map<string, NamedVariable> {
  const found = new Map<string, NamedVariable>();
  const put = (variable: NamedVariable): void => {
    if (found.has(variable.name)) throw new RangeError(`${op}: two variables are named '${variable.name}'`);
    found.set(variable.name, variable);
  };
  if (isLayers(target)) {
    checkModel(op, target);
    const seen = new Set<Layer>();
    for (const layer of (target as unknown as Layer).layers!) visitLayer(layer, '', seen, put);
  } else if (target instanceof Map) {
    for (const [name, variable] of target as ReadonlyMap<string, tf.Variable>) put({ name, variable });
  } else {
    for (const variable of target as Iterable<tf.Variable>) put({ name: variable.name, variable });
  }
  return found;
}

function visitLayer(layer: Layer, prefix: string, seen: Set<Layer>, put: (variable: NamedVariable) => void): void {
  if (seen.has(layer)) return;
  seen.add(layer);
  const path = `${prefix}${layer.name}`;
  // A model that a wrapper runs on every step has its layers' names, as its kernels have.
  const { layers } = runInSteps(layer);
  if (layers) {
    for (const child of layers) visitLayer(child, `${path}/`, seen, put);
    return;
  }
  const layerClass = classOf(layer);
  const taken = new Map<string, number>();
  for (const source of layer.weights) {
    const { originalName, val } = source;
    // tf.layers prefixes the layer's name. Both halves of a Bidirectional layer have a kernel, `kernel` and `kernel_2`.
    const weight = originalName.slice(originalName.lastIndexOf('/') + 1);
    const count = (taken.get(weight) ?? 0) + 1;
    taken.set(weight, count);
    put({ name: `${path}/${weight}${count > 1 ? `_${count}` : ''}`, variable: val, layerClass, source });
  }
}

function classOf(layer: Layer): string {
  const inner = runInSteps(layer);
  const isBidirectional = inner.getClassName() === 'Bidirectional';
  return isBidirectional && inner.forwardLayer ? classOf(inner.forwardLayer) : inner.getClassName();
}

/** The layer within TimeDistributed, or the layer itself. */
function runInSteps(layer: Layer): Layer {
  return layer.getClassName() === 'TimeDistributed' && layer.layer ? runInSteps(layer.layer) : layer;
}
