import type { Edge, Graph, GraphLayer } from '../graph.js';
import type { LayerKind } from '../kinds.js';
import { isSameEdge, Wiring } from '../wiring.js';
import type { GraphKernel } from './kernels.js';

const CONVOLUTIONS: ReadonlySet<LayerKind> = new Set([
  ...(['Conv1D', 'Conv2D', 'Conv3D', 'Conv2DTranspose', 'Conv3DTranspose'] as const),
  ...(['DepthwiseConv2D', 'SeparableConv2D', 'ConvLSTM2D', 'ConvLSTM2DCell'] as const),
]);

/**
 * Kernels that stay whole unless `include` asks for them, with the reason in words: every input's first layer if it is
 * a convolution, every output's last layer (as in the paper), and embeddings.
 */
export function sparedByDefault(graph: Graph, kernels: readonly GraphKernel[]): Map<GraphKernel, string> {
  const spared = new Map<GraphKernel, string>();
  const within = kernelsByHost(kernels);
  for (const kernel of kernels) {
    if (kernel.weight.role === 'embeddings') spared.set(kernel, 'embeddings are only taken by include');
  }
  const wiring = new Wiring(graph);
  graph.inputs.forEach((input) => {
    const reached = new Set(firstAfter(input, wiring, within));
    const first = kernels.find((kernel) => reached.has(kernel));
    if (first === undefined || !CONVOLUTIONS.has(first.layer.extends ?? first.layer.kind)) return;
    for (const kernel of reached) {
      if (kernel.layer === first.layer) spared.set(kernel, `the first convolution after input '${input.node}'`);
    }
  });
  for (const output of graph.outputs) {
    for (const kernel of lastBefore(output, wiring, within)) spared.set(kernel, 'the last layer before an output');
  }
  return spared;
}

type ByHost = ReadonlyMap<GraphLayer, readonly GraphKernel[]>;

/** Looked-up tables aside: they are no layer between an input and its first convolution. */
function kernelsByHost(kernels: readonly GraphKernel[]): ByHost {
  const found = new Map<GraphLayer, GraphKernel[]>();
  for (const kernel of kernels) {
    if (kernel.weight.role === 'embeddings') continue;
    for (const host of kernel.hosts) found.set(host, [...(found.get(host) ?? []), kernel]);
  }
  return found;
}

/** The kernels that a tensor meets first, on every way. */
function firstAfter(edge: Edge, wiring: Wiring, within: ByHost): GraphKernel[] {
  const nodes = new Set(wiring.readers(edge).map(({ node }) => node));
  const found: GraphKernel[] = [];
  for (const node of nodes) {
    const kernels = within.get(node.layer);
    if (kernels) found.push(...kernels);
    else {
      node.outputShapes.forEach((_, output) => {
        for (const reader of wiring.readers({ node: node.id, output })) nodes.add(reader.node);
      });
    }
  }
  return found;
}

/** The kernels that a tensor has met last, on every way. */
function lastBefore(edge: Edge, wiring: Wiring, within: ByHost): GraphKernel[] {
  const edges = [edge];
  const found: GraphKernel[] = [];
  for (const next of edges) {
    const node = wiring.node(next.node);
    const kernels = within.get(node.layer);
    if (kernels) found.push(...kernels);
    else edges.push(...node.inputs.filter((input) => !edges.some((seen) => isSameEdge(seen, input))));
  }
  return found;
}
