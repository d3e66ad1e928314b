/** What is read of tf.layers' objects. A `tf.LayersModel` fits; nothing of TensorFlow is imported for it. */

/** A shape; `null` is an open size, as the batch's is. */
export type Shape = readonly (number | null)[];

/** A tensor's value. */
export interface TensorLike {
  readonly shape: readonly number[];
  readonly dtype: string;
  dataSync(): ArrayLike<number>;
}

/** A variable of a layer. */
export interface VariableLike {
  readonly originalName: string;
  readonly shape: Shape;
  readonly dtype: string;
  read(): TensorLike;
}

/** A tensor between layers that has no value yet. */
export interface SymbolicTensorLike {
  readonly shape: Shape;
  readonly sourceLayer: LayerLike;
  readonly nodeIndex: number;
}

/** One call of a layer. */
export interface CallLike {
  readonly inputTensors: readonly SymbolicTensorLike[];
  readonly outputTensors: readonly SymbolicTensorLike[];
}

/** A layer. */
export interface LayerLike {
  readonly name: string;
  readonly inboundNodes: readonly CallLike[];
  readonly weights: readonly VariableLike[];
  readonly trainableWeights: readonly VariableLike[];
  getClassName(): string;
  getConfig(): Readonly<Record<string, unknown>>;
  computeOutputShape(inputShape: never): unknown;
}

/** A model: layers, and the tensors that go in and come out. */
export interface ModelLike {
  readonly name: string;
  readonly inputs: readonly SymbolicTensorLike[];
  readonly outputs: readonly SymbolicTensorLike[];
  readonly layers: readonly LayerLike[];
  readonly trainableWeights: readonly VariableLike[];
}

/** Whether an object is a model; a layer may be one. */
export function isModel(value: unknown): value is ModelLike {
  const { inputs, outputs, layers } = (value ?? {}) as Partial<ModelLike>;
  return Array.isArray(inputs) && Array.isArray(outputs) && Array.isArray(layers);
}

/** A layer that another one holds, with the word that tells it from the others. */
export interface InnerLayer {
  readonly word: string;
  readonly layer: LayerLike;
}

/**
 * The layers that a wrapper runs: TimeDistributed's, the two directions of Bidirectional, and the cells of a plain RNN.
 */
export function innerLayers(layer: LayerLike): readonly InnerLayer[] {
  const parts = layer as LayerLike & Record<'layer' | 'forwardLayer' | 'backwardLayer' | 'cell', LayerLike>;
  switch (layer.getClassName()) {
    case 'TimeDistributed':
      return [{ word: 'inner', layer: parts.layer }];
    case 'Bidirectional':
      return [
        { word: 'forward', layer: parts.forwardLayer },
        { word: 'backward', layer: parts.backwardLayer },
      ];
    case 'RNN': {
      const { cells } = parts.cell as LayerLike & { cells?: readonly LayerLike[] };
      if (cells === undefined) return [{ word: 'cell', layer: parts.cell }];
      return cells.map((cell, at) => ({ word: `cell${at}`, layer: cell }));
    }
    default:
      return [];
  }
}

/**
 * The layers that a layer of a user's own keeps in its properties, by the properties' names. When it calls them is its
 * own concern, so they are no nodes.
 */
export function heldLayers(layer: LayerLike): readonly InnerLayer[] {
  return Object.entries(layer).flatMap(([word, value]) => {
    if (isLayer(value)) return [{ word, layer: value }];
    if (!Array.isArray(value)) return [];
    return value.flatMap((item, at) => (isLayer(item) ? [{ word: `${word}${at}`, layer: item }] : []));
  });
}

function isLayer(value: unknown): value is LayerLike {
  const { getClassName, call, inboundNodes } = (value ?? {}) as Partial<LayerLike> & { call?: unknown };
  return typeof getClassName === 'function' && typeof call === 'function' && Array.isArray(inboundNodes);
}
