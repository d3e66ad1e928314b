import type { Edge, Graph, GraphLayer, GraphNode } from './graph.js';

/** A reader of a tensor: the node, and which of its inputs the tensor is. */
export interface Reader {
  readonly node: GraphNode;
  readonly at: number;
}

/** Who reads what in a graph, looked up instead of searched. Nodes within wrappers are the wrapper's concern. */
export class Wiring {
  private readonly nodes: ReadonlyMap<string, GraphNode>;
  private readonly read = new Map<string, Reader[]>();
  private readonly given: ReadonlySet<string>;
  private readonly calls = new Map<GraphLayer, GraphNode[]>();

  constructor(graph: Graph) {
    this.nodes = new Map(graph.nodes.map((node) => [node.id, node]));
    this.given = new Set(graph.outputs.map(key));
    for (const node of graph.nodes) {
      node.inputs.forEach((edge, at) => {
        const readers = this.read.get(key(edge));
        if (readers) readers.push({ node, at });
        else this.read.set(key(edge), [{ node, at }]);
      });
    }
    for (const { node } of allNodes(graph)) {
      const calls = this.calls.get(node.layer);
      if (calls) calls.push(node);
      else this.calls.set(node.layer, [node]);
    }
  }

  /** @throws RangeError if there is none with this id */
  node(id: string): GraphNode {
    const node = this.nodes.get(id);
    if (node === undefined) throw new RangeError(`Wiring: the graph has no node '${id}'`);
    return node;
  }

  readers(edge: Edge): readonly Reader[] {
    return this.read.get(key(edge)) ?? [];
  }

  /** Whether the tensor is an output of the graph. */
  isOutput(edge: Edge): boolean {
    return this.given.has(key(edge));
  }

  /** The one call of a layer, if it has no other and is not within a wrapper. */
  onlyCall(layer: GraphLayer): GraphNode | undefined {
    const [call, ...others] = this.calls.get(layer) ?? [];
    return call !== undefined && others.length === 0 ? this.nodes.get(call.id) : undefined;
  }

  /**
   * The node that alone reads the node's first output, both being called once and the tensor being no output of the
   * graph.
   */
  onlyReader(node: GraphNode): GraphNode | undefined {
    const output: Edge = { node: node.id, output: 0 };
    const [reader, ...others] = this.readers(output);
    const isAlone = reader !== undefined && others.length === 0 && !this.isOutput(output);
    return isAlone && this.onlyCall(node.layer) ? this.onlyCall(reader.node.layer) : undefined;
  }
}

const key = ({ node, output }: Edge): string => `${node} ${output}`;

/** Whether two edges are the same tensor. */
export function isSameEdge(a: Edge, b: Edge): boolean {
  return a.node === b.node && a.output === b.output;
}

/** A node, and how often it runs when the network runs once. */
export interface NodeRuns {
  readonly node: GraphNode;
  /** Null if that is open. */
  readonly runs: number | null;
  /** The wrapper that leaves it open. */
  readonly openIn?: GraphNode;
}

/** All nodes, those within wrappers after their wrapper. */
export function allNodes({ nodes }: Pick<Graph, 'nodes'>): NodeRuns[] {
  return nodes.flatMap((node) => visit({ node, runs: 1 }));
}

function visit(visited: NodeRuns): NodeRuns[] {
  const { node, runs, openIn } = visited;
  if (node.inner === undefined) return [visited];
  const innerRuns = runs === null || node.inner.runs === null ? null : runs * node.inner.runs;
  const open = openIn ?? (innerRuns === null ? node : undefined);
  const within = { runs: innerRuns, ...(open && { openIn: open }) };
  return [visited, ...node.inner.nodes.flatMap((inner) => visit({ node: inner, ...within }))];
}
