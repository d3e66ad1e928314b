import { type Edge, type GraphLayer, type GraphNode, graphOf, type ModelLike } from '@winnow/graph';
import type { SourceModel, SourceNode, SourceWeight } from './source.js';

/**
 * A `tf.LayersModel`'s objects as a source. Weights are read once, layer by layer, and copied.
 *
 * @throws TypeError if it is no model; RangeError for a layer with several outputs or weights that are no float32
 */
export function graphSource(model: ModelLike): SourceModel {
  const graph = graphOf(model);
  const layers = new Map<GraphLayer, ReadonlyMap<string, SourceWeight>>();
  const weightsOf = (layer: GraphLayer) => {
    const known = layers.get(layer) ?? readWeights(layer);
    layers.set(layer, known);
    return known;
  };
  return {
    nodes: graph.nodes.map((node) => sourceNode(node, weightsOf(node.layer))),
    inputs: graph.inputs.map(idOf),
    outputs: graph.outputs.map(idOf),
  };
}

function sourceNode(node: GraphNode, weights: ReadonlyMap<string, SourceWeight>): SourceNode {
  const { id, layer, inputs, outputShapes } = node;
  const { path, kind, className } = layer;
  const isStock = kind !== 'custom' && kind !== 'Model' && node.inner === undefined;
  return {
    id,
    path,
    className,
    isStock,
    // A layer of a user's own may have none to give.
    config: isStock ? layer.config : {},
    ...(kind === 'InputLayer' && { inputDims: (outputShapes[0] ?? []).slice(1) }),
    inputs: inputs.map(idOf),
    weights,
  };
}

function idOf({ node, output }: Edge): string {
  if (output === 0) return node;
  throw new RangeError(`compile: ${node} has several outputs, which is not supported`);
}

function readWeights({ path, kind, weights }: GraphLayer): ReadonlyMap<string, SourceWeight> {
  if (kind === 'custom') return new Map();
  return new Map(
    weights.map(({ name, shape, dtype, read }) => {
      if (dtype !== 'float32') {
        throw new RangeError(`compile: ${path}/${name} must be float32, got ${dtype}`);
      }
      return [name, { shape, values: Float32Array.from(read().dataSync()) }];
    }),
  );
}
