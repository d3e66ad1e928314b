import type { Network, Node } from '../network.js';

/**
 * What becomes of a node: another in its place, or undefined for itself. Its inputs are those of the new network.
 *
 * @param isAlone whether the node alone reads its input `at`, so that the input's work may move into it
 */
export type Rule = (node: Node, isAlone: (at: number) => boolean) => Node | undefined;

/** The network with a rule applied to every node, first to last, without what nobody reads any more. */
export function rewrite(network: Network, rule: Rule): Network {
  const reads = new Map<Node, number>();
  for (const node of network) for (const input of readBy(node)) reads.set(input, (reads.get(input) ?? 0) + 1);
  const made = new Map<Node, Node>();
  const current = (node: Node) => made.get(node) as Node;
  const nodes: Node[] = [];
  for (const node of network) {
    const { convolution, inputs } = node;
    const residual = convolution?.residual;
    const moved: Node = {
      ...node,
      inputs: inputs.map(current),
      ...(convolution && residual && { convolution: { ...convolution, residual: current(residual) } }),
    };
    const next = rule(moved, (at) => reads.get(inputs[at] as Node) === 1) ?? moved;
    made.set(node, next);
    nodes.push(next);
  }
  return alive(nodes);
}

/** All values that a node reads. */
const readBy = ({ inputs, convolution }: Node): readonly Node[] =>
  convolution?.residual ? [...inputs, convolution.residual] : inputs;

/** The nodes that an output needs, each once, and all inputs. */
function alive(nodes: readonly Node[]): Network {
  const needed = new Set<Node>();
  for (const node of [...nodes].reverse()) {
    if (node.op === 'output' || needed.has(node)) for (const input of readBy(node)) needed.add(input);
  }
  return [...new Set(nodes)].filter(
    ({ op }, at, all) => op === 'output' || op === 'input' || needed.has(all[at] as Node),
  );
}
