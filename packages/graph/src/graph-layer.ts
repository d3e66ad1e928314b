import type { GraphLayer, Weight } from './graph.js';
import { kindOf, roleOf } from './kinds.js';
import { innerLayers, isModel, type LayerLike, type VariableLike } from './layers-model.js';

/**
 * A layer as the graph has it.
 *
 * @param owner whose word on what is trainable holds: the wrapper of a wrapped layer, else the layer itself
 */
export function graphLayer(source: LayerLike, id: string, path: string, owner: LayerLike): GraphLayer {
  const className = source.getClassName();
  const kind = isModel(source) ? 'Model' : kindOf(className);
  const hasOwn = kind !== 'Model' && innerLayers(source).length === 0;
  const trainable = new Set(owner.trainableWeights);
  let config: Readonly<Record<string, unknown>> | undefined;
  return {
    id,
    path,
    kind,
    className,
    // Asked for late: a layer of a user's own may have none to give.
    get config() {
      config ??= source.getConfig();
      return config;
    },
    weights: hasOwn ? source.weights.map((variable) => weightOf(variable, kind, trainable.has(variable))) : [],
    source,
  };
}

function weightOf(variable: VariableLike, kind: GraphLayer['kind'], trainable: boolean): Weight {
  const { originalName, dtype } = variable;
  // tf.layers puts the names of the layers around it before it.
  const name = originalName.slice(originalName.lastIndexOf('/') + 1);
  const shape = variable.shape as readonly number[];
  const size = shape.reduce((product, axis) => product * axis, 1);
  return { name, role: roleOf(kind, name), shape, dtype, size, trainable, read: () => variable.read() };
}
