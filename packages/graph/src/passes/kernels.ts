import type { Graph, GraphLayer, Weight } from '../graph.js';
import { type KernelSelection, selectPaths } from './select-paths.js';

/** A kernel that methods drop and pruning cuts. */
export interface GraphKernel {
  /** `layer/kernel` */
  readonly path: string;
  readonly layer: GraphLayer;
  readonly weight: Weight;
}

/** Layers whose kernel has its units on the last axis, which is what ranking by column needs. */
const CONVOLUTIONS: ReadonlySet<string> = new Set(['Conv1D', 'Conv2D', 'Conv3D']);

/**
 * The kernels of dense and convolution layers, in the order of the graph's layers: those in nested models and TimeDistributed, too;
 * one of a layer that is called twice once.
 */
export function kernels({ layers }: Graph): GraphKernel[] {
  return layers.flatMap((layer) => {
    if (layer.kind !== 'Dense' && !CONVOLUTIONS.has(layer.kind)) return [];
    const weight = layer.weights.find(({ role }) => role === 'kernel');
    return weight ? [{ path: `${layer.path}/kernel`, layer, weight }] : [];
  });
}

/**
 * The kernels that methods drop and pruning cuts. By default all but the first convolution (if it is the network's first kernel)
 * and the last layer (the logits), as in the paper; with `include` exactly the matching ones.
 *
 * @param op the operation that an error names
 * @throws RangeError if a pattern matches no kernel, or nothing is left
 */
export function selectKernels(graph: Graph, selection: KernelSelection = {}, op = 'selectKernels'): GraphKernel[] {
  const all = kernels(graph);
  const paths = all.map(({ path }) => path);
  const byDefault = all.filter(({ layer }, at) => !(at === 0 && CONVOLUTIONS.has(layer.kind)) && at !== all.length - 1);
  const selected = new Set(
    selectPaths(
      op,
      paths,
      selection,
      byDefault.map(({ path }) => path),
    ),
  );
  return all.filter(({ path }) => selected.has(path));
}
