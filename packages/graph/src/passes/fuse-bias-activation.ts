import type { Graph } from '../graph.js';
import { AFFINE_LAYERS } from '../kinds.js';
import { Wiring } from '../wiring.js';
import { activationOf, type BiasActivationFusion } from './fusion.js';

const WITH_BIAS: ReadonlySet<string> = new Set(AFFINE_LAYERS);

/**
 * Finds dense and convolution layers whose bias an activation function follows at once: their own, or that of a layer
 * which alone reads them and no other fusion has.
 */
export function fuseBiasActivation(graph: Graph): Graph {
  const wiring = new Wiring(graph);
  const taken = new Set(
    graph.fusions.map((fusion) => (fusion.kind === 'batch-norm' ? fusion.activation : fusion.node)),
  );
  const found: BiasActivationFusion[] = [];
  for (const node of graph.nodes) {
    const { id, layer } = node;
    if (!WITH_BIAS.has(layer.kind) || taken.has(id) || !layer.weights.some(({ role }) => role === 'bias')) continue;
    const own = layer.config['activation'];
    if (typeof own === 'string' && own !== 'linear') {
      found.push({ kind: 'bias-activation', node: id, activation: own });
      continue;
    }
    const reader = wiring.onlyReader(node);
    const activation = reader && !taken.has(reader.id) ? activationOf(reader.layer) : undefined;
    if (reader && activation !== undefined && activation !== 'linear') {
      found.push({ kind: 'bias-activation', node: id, activation, reader: reader.id });
    }
  }
  return { ...graph, fusions: [...graph.fusions, ...found] };
}
