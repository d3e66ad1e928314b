/** A model's variables by names that are the same in every process. tf.layers numbers its own names per process. */

import type * as tf from '@tensorflow/tfjs';

/** Target of import and export: a model, or variables such as those of a Transformer. */
export type WeightsTarget = tf.LayersModel | ReadonlyMap<string, tf.Variable> | Iterable<tf.Variable>;

/** Kind of a variable. Other frameworks store `'convolution'` and `'linear'` kernels in another layout. */
export type VariableKind = 'convolution' | 'linear' | 'other';

/** A variable named `layer/kernel`. Names of nested models are joined by `/`. */
export interface NamedVariable {
  readonly name: string;
  readonly variable: tf.Variable;
  readonly kind: VariableKind;
  /** For the kernel of a dense layer after Flatten: height, width and channels before flattening. */
  readonly flattened?: readonly [number, number, number];
}

interface Layer {
  name: string;
  layers?: Layer[];
  layer?: Layer;
  weights: { originalName: string; val: tf.Variable }[];
  inboundNodes: { inboundLayers: Layer[]; inputShapes: (number | null)[][] }[];
  getClassName(): string;
}

const CONVOLUTIONS = new Set(['Conv1D', 'Conv2D', 'Conv3D', 'Conv2DTranspose', 'Conv3DTranspose']);
/** Layers that keep the order of elements. */
const TRANSPARENT = new Set(['Dropout', 'ReLU', 'Activation', 'BatchNormalization']);

/**
 * Variables of a model or collection by name, in order. Those of a plain collection keep their own names.
 *
 * @throws RangeError if two variables have the same name
 */
export function namedVariables(target: WeightsTarget): Map<string, NamedVariable> {
  const found = new Map<string, NamedVariable>();
  const put = (variable: NamedVariable): void => {
    if (found.has(variable.name)) throw new RangeError(`namedVariables: two variables are named '${variable.name}'`);
    found.set(variable.name, variable);
  };
  if (target instanceof Map) {
    for (const [name, variable] of target as ReadonlyMap<string, tf.Variable>) put({ name, variable, kind: 'other' });
  } else if (Symbol.iterator in target) {
    for (const variable of target as Iterable<tf.Variable>) put({ name: variable.name, variable, kind: 'other' });
  } else {
    const seen = new Set<Layer>();
    for (const layer of (target as unknown as Layer).layers!) visitLayer(layer, '', seen, put);
  }
  return found;
}

function visitLayer(layer: Layer, prefix: string, seen: Set<Layer>, put: (variable: NamedVariable) => void): void {
  if (seen.has(layer)) return;
  seen.add(layer);
  const path = `${prefix}${layer.name}`;
  if (layer.layers) {
    for (const child of layer.layers) visitLayer(child, `${path}/`, seen, put);
    return;
  }
  const inner = layer.getClassName() === 'TimeDistributed' ? layer.layer! : layer;
  const taken = new Map<string, number>();
  for (const { originalName, val } of layer.weights) {
    // tf.layers prefixes the layer's name. Both halves of a Bidirectional layer have a kernel, `kernel` and `kernel_2`.
    const weight = originalName.slice(originalName.lastIndexOf('/') + 1);
    const count = (taken.get(weight) ?? 0) + 1;
    taken.set(weight, count);
    const name = `${path}/${weight}${count > 1 ? `_${count}` : ''}`;
    const isKernel = weight === 'kernel';
    if (isKernel && CONVOLUTIONS.has(inner.getClassName())) put({ name, variable: val, kind: 'convolution' });
    else if (isKernel && inner.getClassName() === 'Dense') {
      const flattened = flattenedShape(inner);
      put({ name, variable: val, kind: 'linear', ...(flattened && { flattened }) });
    } else put({ name, variable: val, kind: 'other' });
  }
}

/** Height, width and channels of a dense layer's input before it was flattened; undefined if it was not. */
function flattenedShape(dense: Layer): [number, number, number] | undefined {
  let layer = dense;
  for (;;) {
    const previous = layer.inboundNodes[0]?.inboundLayers[0];
    if (previous === undefined) return undefined;
    if (previous.getClassName() === 'Flatten') {
      const image = previous.inboundNodes[0]!.inputShapes[0]!.slice(1);
      return image.length === 3 && !image.includes(null) ? (image as [number, number, number]) : undefined;
    }
    if (!TRANSPARENT.has(previous.getClassName())) return undefined;
    layer = previous;
  }
}
