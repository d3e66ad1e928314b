/** The little of tf.layers' graph that fusing reads; tf.layers does not export these types. */

import type * as tf from '@tensorflow/tfjs';

/** A layer in a graph of layers. */
export interface GraphLayer {
  readonly inboundNodes: readonly GraphNode[];
  readonly outboundNodes: readonly GraphNode[];
  getClassName(): string;
}

/** One use of a layer. */
export interface GraphNode {
  readonly outboundLayer: GraphLayer;
  readonly inputTensors: readonly tf.SymbolicTensor[];
  readonly outputTensors: readonly tf.SymbolicTensor[];
}

/** A model. */
export interface GraphContainer {
  readonly layers: readonly GraphLayer[];
  readonly outputs: readonly tf.SymbolicTensor[];
}

/** The one use of a layer, or undefined if there are several. */
export function onlyUse(layer: GraphLayer): GraphNode | undefined {
  return layer.inboundNodes.length === 1 ? layer.inboundNodes[0] : undefined;
}

/** The layers of the model that read a tensor. */
export function readers({ layers }: GraphContainer, tensor: tf.SymbolicTensor): GraphLayer[] {
  const source = tensor.sourceLayer as unknown as GraphLayer;
  return source.outboundNodes
    .filter(({ inputTensors, outboundLayer }) => inputTensors.includes(tensor) && layers.includes(outboundLayer))
    .map(({ outboundLayer }) => outboundLayer);
}

/** The layer that alone reads what `layer` gives, each being used once and the tensor being no output of the model. */
export function onlyReader(container: GraphContainer, layer: GraphLayer): GraphLayer | undefined {
  const output = onlyUse(layer)?.outputTensors[0];
  if (output === undefined || container.outputs.includes(output)) return undefined;
  const [reader, ...others] = readers(container, output);
  return reader !== undefined && others.length === 0 && onlyUse(reader) ? reader : undefined;
}
