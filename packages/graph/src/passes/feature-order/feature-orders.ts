import type { Edge, Graph, GraphLayer, GraphNode } from '../../graph.js';
import type { Shape } from '../../layers-model.js';
import { type Axes, type Features, lostAfter, of, unclearAfter } from './features.js';
import { flattenedOrder, isSameOrder, type Order } from './order.js';
import { featuresAfter, neededAxes, outsideAxes, passesOn } from './rules.js';

/** The features that a layer reads and gives. */
export interface LayerFeatures {
  readonly input: Features;
  /** How many axes its input has, the batch's among them. */
  readonly rank: number;
  readonly output: Features;
}

/**
 * In which order a framework with the channels first (PyTorch) has the features that every layer reads and gives, when
 * it runs the same network: after Flatten, `channel, row, column` in place of `row, column, channel`. Where the order
 * cannot be known, the features name the layer after which it is lost, and nothing is guessed.
 *
 * An input of three or more axes is taken to have its channels last here and first there, unless a layer that reads it
 * says otherwise (`dataFormat`, a recurrent layer, a dense one on a sequence). Open sizes that an order depends on make
 * it unknown.
 */
export function featureOrders(graph: Graph): ReadonlyMap<GraphLayer, LayerFeatures> {
  const found = new Map<GraphLayer, LayerFeatures>();
  new Scope(graph.nodes, graph.outputs, new Map(), found).run();
  for (const layer of graph.layers) if (!found.has(layer)) found.set(layer, heldFeatures(layer));
  return found;
}

/** Of a layer that one of a user's own holds, which is no node: only its author knows what it reads. */
function heldFeatures({ path, holders, config }: GraphLayer): LayerFeatures {
  const [holder] = holders;
  const lost = lostAfter(`the input of '${holder?.path ?? path}' (${holder?.className})`);
  const rank = 1 + Math.max(1, ...[config['axis'] ?? 1].flat().map(Number));
  return { input: lost, rank, output: lost };
}

/** The nodes of the network, or of a wrapper. */
class Scope {
  private readonly readers = new Map<string, GraphNode[]>();
  private readonly given: ReadonlySet<string>;

  /** @param values what is known of the tensors that come from outside */
  constructor(
    private readonly nodes: readonly GraphNode[],
    outputs: readonly Edge[],
    private readonly values: Map<string, Features>,
    private readonly found: Map<GraphLayer, LayerFeatures>,
  ) {
    this.given = new Set(outputs.map(key));
    for (const node of nodes) {
      for (const edge of node.inputs) this.readers.set(key(edge), [...(this.readers.get(key(edge)) ?? []), node]);
    }
  }

  run(): void {
    for (const node of this.nodes) {
      const inputs = node.inputs.map((edge) => this.values.get(key(edge)) as Features);
      const input = readFeatures(node, inputs);
      const output =
        node.layer.kind === 'TimeDistributed' ? this.eachStep(node, input) : this.call(node, inputs, input);
      node.outputShapes.forEach((_, at) => {
        this.values.set(key({ node: node.id, output: at }), output);
      });
      const rank = node.inputShapes[0]?.length ?? 0;
      note(this.found, node.layer, { input, rank, output });
      if (node.inner && node.layer.kind !== 'TimeDistributed') {
        for (const inner of node.inner.nodes) note(this.found, inner.layer, { input, rank, output });
      }
    }
  }

  private call(node: GraphNode, inputs: readonly Features[], input: Features): Features {
    const output: Edge = { node: node.id, output: 0 };
    return featuresAfter({
      node,
      layer: nameOf(node),
      inputs,
      input,
      shape: node.inputShapes[0] ?? [],
      output: node.outputShapes[0] ?? [],
      wantedAxes: () => this.wantedAxes(output, node.outputShapes[0] ?? []),
      wantedOrder: () => this.wantedOrder(output),
    });
  }

  /** A TimeDistributed layer: its inner nodes read one step. */
  private eachStep(node: GraphNode, input: Features): Features {
    const { nodes = [], outputs = [] } = node.inner ?? {};
    const [read] = node.inputs as [Edge];
    const values = new Map([[key(read), input.step ?? stepOf(input, nameOf(node))]]);
    new Scope(nodes, outputs, values, this.found).run();
    const inner = values.get(key(outputs[0] as Edge)) as Features;
    if ((node.outputShapes[0]?.length ?? 0) < 4) return { ...inner, axes: 'last', assumed: false };
    return { ...inner, axes: 'unclear', unclear: nameOf(node), step: inner, assumed: false };
  }

  /** The axes that the readers of a tensor need. */
  private wantedAxes(edge: Edge, shape: Shape): Axes | undefined {
    const wanted = new Set<Axes>();
    if (this.given.has(key(edge))) wanted.add(outsideAxes(shape.length));
    for (const node of this.readers.get(key(edge)) ?? []) {
      const output = node.outputShapes[0] ?? [];
      const keepsChannels = node.layer.kind === 'Reshape' && output.length > 2 && output.at(-1) === shape.at(-1);
      const axes =
        passesOn(node.layer.kind, false) || keepsChannels
          ? this.wantedAxes({ node: node.id, output: 0 }, output)
          : neededAxes(node);
      if (axes) wanted.add(axes);
    }
    return wanted.size > 1 ? 'unclear' : [...wanted][0];
  }

  /** The order that the readers of a vector need: those that make an image of it. */
  private wantedOrder(edge: Edge): Order | 'unclear' {
    const wanted: (Order | 'unclear')[] = [];
    let isFixed = this.given.has(key(edge));
    for (const node of this.readers.get(key(edge)) ?? []) {
      const output: Edge = { node: node.id, output: 0 };
      const shape = node.outputShapes[0] ?? [];
      const isReshape = node.layer.kind === 'Reshape';
      if (isReshape && shape.length > 2) wanted.push(imageOrder(shape, this.wantedAxes(output, shape)));
      else if (isReshape || passesOn(node.layer.kind, true)) wanted.push(this.wantedOrder(output));
      // What goes out, and what other vectors are added to, has an order already.
      isFixed ||= node.layer.kind === 'custom' || (node.inputs.length > 1 && !this.areDense(node));
    }
    const orders = wanted.filter((order) => order !== undefined);
    const [first] = orders;
    if (first === undefined || first === 'unclear') return first;
    if (isFixed) return 'unclear';
    return orders.every((order) => order !== 'unclear' && isSameOrder(order, first)) ? first : 'unclear';
  }

  /** Whether dense layers make all inputs of a node, so that all can take an order. */
  private areDense({ inputs }: GraphNode): boolean {
    return inputs.every((edge) => {
      const node = this.nodes.find(({ id }) => id === edge.node);
      if (node === undefined) return false;
      return node.layer.kind === 'Dense' || (passesOn(node.layer.kind, true) && this.areDense(node));
    });
  }
}

/** The features that a layer's weights are for. */
function readFeatures(node: GraphNode, inputs: readonly Features[]): Features {
  const isKnown = ({ order, lost }: Features): boolean => order === undefined && lost === undefined;
  const [first = of('last'), ...others] = inputs;
  // The other inputs of a recurrent layer are its first states.
  if (others.length > 0 && node.layer.weights.length > 0 && node.layer.kind !== 'custom') {
    return others.every(isKnown) ? first : lostAfter(nameOf(node));
  }
  return inputs.find((input) => !isKnown(input)) ?? first;
}

/** One step of a tensor that no TimeDistributed layer made. */
function stepOf({ axes, order, lost, assumed, unclear }: Features, layer: string): Features {
  if (lost !== undefined) return lostAfter(lost);
  if (assumed) return { axes: 'moved', order, assumed };
  return axes === 'last' ? of('last', order) : unclearAfter(unclear ?? layer, order);
}

/** The order that a vector has where both frameworks make the same image of it. */
function imageOrder(shape: Shape, axes: Axes | undefined): Order | 'unclear' {
  const sizes = shape.slice(1);
  if (axes === 'last' || axes === 'first' || axes === undefined) return undefined;
  if (sizes.includes(null)) return 'unclear';
  const order = flattenedOrder(sizes.slice(0, -1) as number[], sizes.at(-1) as number, undefined);
  return axes === 'unclear' && order !== undefined ? 'unclear' : order;
}

/** Of a layer that is called several times, what is the same in all calls. */
function note(found: Map<GraphLayer, LayerFeatures>, layer: GraphLayer, call: LayerFeatures): void {
  const before = found.get(layer);
  if (before === undefined) found.set(layer, call);
  else {
    found.set(layer, {
      input: common(before.input, call.input, layer),
      rank: call.rank,
      output: common(before.output, call.output, layer),
    });
  }
}

function common(a: Features, b: Features, layer: GraphLayer): Features {
  if (a.lost !== undefined) return a;
  if (b.lost !== undefined) return b;
  if (!isSameOrder(a.order, b.order)) return lostAfter(`the two calls of '${layer.path}', which differ`);
  return a.axes === b.axes ? a : { ...a, axes: 'unclear' };
}

const nameOf = ({ layer }: GraphNode): string => `'${layer.path}' (${layer.className})`;
const key = ({ node, output }: Edge): string => `${node} ${output}`;
