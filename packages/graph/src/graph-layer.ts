import type { GraphLayer, Weight } from './graph.js';
import { kindOf, type LayerKind, roleOf } from './kinds.js';
import { heldLayers, innerLayers, isModel, type LayerLike, type VariableLike } from './layers-model.js';

/**
 * A layer as the graph has it.
 *
 * @param trainable the variables that the whole model trains
 */
export function graphLayer(
  source: LayerLike,
  id: string,
  path: string,
  trainable: ReadonlySet<VariableLike>,
): GraphLayer & { readonly holders: GraphLayer[] } {
  const className = source.getClassName();
  const kind = isModel(source) ? 'Model' : kindOf(className);
  const base = kind === 'Model' ? undefined : stockBase(source);
  const isWrapper = kind === 'Model' || innerLayers(source).length > 0;
  const held = new Set(kind === 'custom' ? heldLayers(source).flatMap(({ layer }) => layer.weights) : []);
  const own = isWrapper ? [] : source.weights.filter((variable) => !held.has(variable));
  let config: Readonly<Record<string, unknown>> | undefined;
  return {
    id,
    path,
    kind,
    className,
    ...(base && { extends: base }),
    holders: [],
    // Asked for late: a layer of a user's own may have none to give.
    get config() {
      config ??= source.getConfig();
      return config;
    },
    weights: own.map((variable) => weightOf(variable, base ?? kind, trainable.has(variable))),
    source,
  };
}

/** The stock layer that the class of a layer extends; undefined for stock layers and those that extend none. */
function stockBase(layer: LayerLike): LayerKind | undefined {
  let isSubclass = false;
  for (let proto = Object.getPrototypeOf(layer); proto !== null; proto = Object.getPrototypeOf(proto)) {
    const owner = (proto as { constructor: { className?: string } }).constructor;
    const name = Object.hasOwn(owner, 'className') ? owner.className : undefined;
    const kind = name === undefined ? 'custom' : kindOf(name);
    if (kind !== 'custom') return isSubclass ? kind : undefined;
    isSubclass = true;
  }
  return undefined;
}

function weightOf(variable: VariableLike, kind: LayerKind, trainable: boolean): Weight {
  const { originalName, dtype } = variable;
  // tf.layers puts the names of the layers around it before it.
  const name = originalName.slice(originalName.lastIndexOf('/') + 1);
  const shape = variable.shape as readonly number[];
  const size = shape.reduce((product, axis) => product * axis, 1);
  return {
    name,
    role: roleOf(kind, name),
    shape,
    dtype,
    size,
    trainable,
    source: variable,
    read: () => variable.read(),
  };
}
