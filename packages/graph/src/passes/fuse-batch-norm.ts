import type { Graph, GraphNode } from '../graph.js';
import { isSameEdge, Wiring } from '../wiring.js';
import { activationOf, type BatchNormFusion, type NodeInput } from './fusion.js';

/**
 * Finds BatchNorm → ReLU, BatchNorm → Add of two → ReLU, and shortcuts from BatchNorm's input to an Add, where nobody
 * else reads what lies between. A sum belongs to one BatchNorm at most.
 */
export function fuseBatchNorm(graph: Graph): Graph {
  const wiring = new Wiring(graph);
  const sums = new Set<GraphNode>();
  const shortcuts = new Set<GraphNode>();
  const found: BatchNormFusion[] = [];
  for (const layer of graph.layers) {
    const norm = layer.kind === 'BatchNormalization' ? wiring.onlyCall(layer) : undefined;
    const next = norm && wiring.onlyReader(norm);
    if (norm === undefined || next === undefined) continue;
    const sum = isSumOfTwo(next) && !sums.has(next) ? next : undefined;
    const activation = sum ? wiring.onlyReader(sum) : next;
    if (activation === undefined || activationOf(activation.layer) !== 'relu') continue;
    if (sum) sums.add(sum);
    const shortcut = sum ? undefined : shortcutAround(norm);
    if (shortcut) shortcuts.add(shortcut.node);
    found.push({
      kind: 'batch-norm',
      norm: norm.id,
      activation: activation.id,
      ...(sum && {
        sum: { node: sum.id, at: sum.inputs.findIndex(({ node }) => node === norm.id) } satisfies NodeInput,
      }),
      ...(shortcut && { shortcut: { node: shortcut.node.id, at: shortcut.at } satisfies NodeInput }),
    });
  }
  return { ...graph, fusions: [...graph.fusions, ...found] };

  function isSumOfTwo({ layer, inputs: [a, b, ...more] }: GraphNode): boolean {
    const isPair = a !== undefined && b !== undefined && more.length === 0 && !isSameEdge(a, b);
    return layer.kind === 'Add' && isPair && wiring.onlyCall(layer) !== undefined;
  }

  function shortcutAround({ inputs: [input] }: GraphNode) {
    const readers = input ? wiring.readers(input) : [];
    const candidates = readers.filter(({ node }) => isSumOfTwo(node) && !shortcuts.has(node));
    return candidates.length === 1 ? candidates[0] : undefined;
  }
}
