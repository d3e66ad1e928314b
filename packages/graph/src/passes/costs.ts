import type { Graph, GraphLayer, GraphNode, Weight } from '../graph.js';
import type { LayerKind, WeightRole } from '../kinds.js';
import type { Shape } from '../layers-model.js';
import { positions } from '../shapes.js';
import { allNodes } from '../wiring.js';

/** One layer's share. */
export interface LayerCost {
  /** What its weights are named by. */
  readonly path: string;
  /** Numbers that training changes. BatchNorm's running statistics are none. */
  readonly parameters: number;
  /** Multiply-adds for one example; null if they are not known. */
  readonly flops: number | null;
}

/** A layer whose multiply-adds are not known, and why. */
export interface Uncounted {
  readonly path: string;
  readonly layer: GraphLayer;
  /** `'kind'`: nothing is known of such layers; `'open size'`: they depend on a size that the model leaves open. */
  readonly reason: 'kind' | 'open size';
  /** The shape with the open size. */
  readonly shape?: Shape;
}

/** What a network costs. */
export interface Costs {
  /** The layers with weights, in the order of the model's. */
  readonly layers: readonly LayerCost[];
  readonly parameters: number;
  /** Multiply-adds for one example, without those of `uncounted`. */
  readonly flops: number;
  readonly uncounted: readonly Uncounted[];
}

const KERNELS: ReadonlySet<WeightRole> = new Set(['kernel', 'depthwiseKernel', 'pointwiseKernel', 'recurrentKernel']);

/** How often a layer applies its kernels each time that it runs; null if a size is open. */
type Applications = (node: GraphNode) => { times: number | null; shape: Shape };

const once: Applications = ({ outputShapes }) => ({ times: 1, shape: outputShapes[0] as Shape });
const atEveryOutput: Applications = ({ layer, outputShapes: [shape = []] }) => ({
  times: positions(shape, layer.config['dataFormat']),
  shape,
});
const atEveryInput: Applications = ({ layer, inputShapes: [shape = []] }) => ({
  times: positions(shape, layer.config['dataFormat']),
  shape,
});
const atEveryStep: Applications = ({ inputShapes: [shape = []] }) => ({ times: shape[1] ?? null, shape });
const atEveryStepAndOutput: Applications = ({ layer, inputShapes: [input = []], outputShapes: [output = []] }) => {
  const steps = input[1] ?? null;
  const image = [null, ...output.slice(-3)];
  const places = positions(image, layer.config['dataFormat']);
  return { times: steps === null || places === null ? null : steps * places, shape: steps === null ? input : output };
};

const APPLICATIONS: Partial<Record<LayerKind, Applications>> = {
  Dense: atEveryOutput,
  Conv1D: atEveryOutput,
  Conv2D: atEveryOutput,
  Conv3D: atEveryOutput,
  DepthwiseConv2D: atEveryOutput,
  SeparableConv2D: atEveryOutput,
  Conv2DTranspose: atEveryInput,
  Conv3DTranspose: atEveryInput,
  SimpleRNN: atEveryStep,
  GRU: atEveryStep,
  LSTM: atEveryStep,
  ConvLSTM2D: atEveryStepAndOutput,
  SimpleRNNCell: once,
  GRUCell: once,
  LSTMCell: once,
};

/** Layers that multiply what has no kernel, or of which nothing is known. */
const UNKNOWN: ReadonlySet<LayerKind> = new Set(['custom', 'Dot', 'ConvLSTM2DCell']);

/**
 * Parameters and multiply-adds of one forward pass for one example: those of kernels. Look-ups, bias, BatchNorm,
 * activations, sums and pooling count nothing. A layer that runs twice costs its multiply-adds twice, one within
 * TimeDistributed those of every step. What is not known is named in `uncounted`.
 */
export function layerCosts(graph: Graph): Costs {
  const flops = new Map<GraphLayer, number>();
  const uncounted = new Map<GraphLayer, Uncounted>();
  for (const { node, runs, openIn } of allNodes(graph)) {
    const { layer } = node;
    if (uncounted.has(layer)) continue;
    const { path } = layer;
    if (UNKNOWN.has(layer.kind)) {
      uncounted.set(layer, { path, layer, reason: 'kind' });
      continue;
    }
    const applications = APPLICATIONS[layer.kind];
    if (applications === undefined) continue;
    const { times, shape } = applications(node);
    const open = openIn ? openShape(openIn) : shape;
    if (times === null || runs === null) uncounted.set(layer, { path, layer, reason: 'open size', shape: open });
    else flops.set(layer, (flops.get(layer) ?? 0) + runs * times * kernelSize(layer));
  }
  const nodes = new Set(allNodes(graph).map(({ node }) => node.layer));
  for (const layer of graph.layers) {
    // What a layer of a user's own holds may run any number of times.
    if (!nodes.has(layer) && layer.weights.length > 0)
      uncounted.set(layer, { path: layer.path, layer, reason: 'kind' });
  }
  // What two layers share counts once, as the first one's.
  const owners = new Map<unknown, GraphLayer>();
  for (const layer of graph.layers)
    for (const { source } of layer.weights) if (!owners.has(source)) owners.set(source, layer);
  const isCounted = (layer: GraphLayer, { trainable, source }: Weight) => trainable && owners.get(source) === layer;
  const layers = graph.layers
    .filter(({ weights }) => weights.length > 0)
    .map((layer) => ({
      path: layer.path,
      parameters: layer.weights.reduce((sum, weight) => (isCounted(layer, weight) ? sum + weight.size : sum), 0),
      flops: uncounted.has(layer) ? null : (flops.get(layer) ?? 0),
    }));
  return {
    layers,
    parameters: layers.reduce((sum, { parameters }) => sum + parameters, 0),
    flops: layers.reduce((sum, cost) => sum + (cost.flops ?? 0), 0),
    uncounted: [...uncounted.values()],
  };
}

/** The multiply-adds of a network for one example, and the layers that they leave out. */
export function countFlops(graph: Graph): Pick<Costs, 'flops' | 'uncounted'> {
  const { flops, uncounted } = layerCosts(graph);
  return { flops, uncounted };
}

/** The shape of a wrapper that does not say how many steps there are. */
function openShape({ inputShapes, outputShapes }: GraphNode): Shape {
  return [...outputShapes, ...inputShapes].find((shape) => shape.slice(1).includes(null)) ?? [];
}

function kernelSize({ weights }: GraphLayer): number {
  return weights.reduce((sum, { role, size }) => (KERNELS.has(role) ? sum + size : sum), 0);
}
