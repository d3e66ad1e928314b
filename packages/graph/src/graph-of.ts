import type { Graph } from './graph.js';
import { GraphBuilder } from './graph-builder.js';
import { isModel, type ModelLike } from './layers-model.js';

/** How a graph is read. */
export interface GraphOptions {
  /**
   * `'flatten'` (the default): the layers of nested models stand among the others, under paths such as
   * `outer/inner/conv1`. `'keep'`: a nested model is one node, whose inner nodes are its layers.
   */
  readonly nested?: 'flatten' | 'keep';
}

/**
 * A model as nodes, edges, shapes and weights. Nothing is left out: a layer that is called twice is two nodes, a
 * wrapper's node holds its inner layers, and a layer that is none of tf.layers' own is a node of kind `'custom'`. Reads
 * the model, changes nothing, computes nothing.
 *
 * @param model a `tf.LayersModel` of any form: functional, sequential, nested
 * @throws TypeError if it is none; RangeError if `nested` is neither word
 */
export function graphOf(model: ModelLike, options: GraphOptions = {}): Graph {
  const { nested = 'flatten' } = options;
  if (!isModel(model)) throw new TypeError(`graphOf: model must be a tf.LayersModel, got ${describe(model)}`);
  const unknown = Object.keys(options).find((key) => key !== 'nested');
  if (unknown !== undefined) throw new RangeError(`graphOf: options has no '${unknown}'; the option is nested`);
  if (nested !== 'flatten' && nested !== 'keep') {
    throw new RangeError(`graphOf: nested must be 'flatten' or 'keep', got '${nested}'`);
  }
  return new GraphBuilder(nested === 'flatten').build(model);
}

function describe(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  return `an object of class ${(value as object).constructor?.name ?? 'Object'}`;
}
