import type { Edge, Graph, GraphLayer, GraphNode, ModelCall } from './graph.js';
import { LayerRegistry, uniqueId } from './layer-registry.js';
import {
  type CallLike,
  innerLayers,
  isModel,
  type LayerLike,
  type ModelLike,
  type Shape,
  type SymbolicTensorLike,
} from './layers-model.js';
import { cellShape, isSameShape, outputShapes, stepShape } from './shapes.js';

/**
 * A tensor of the graph with the shape that it has there: within a nested model it may be less open than the model
 * knows.
 */
interface Value {
  readonly edge: Edge;
  readonly shape: Shape;
}

/** Where nodes are put, and the nested model that they belong to. */
interface Place {
  readonly nodes: GraphNode[];
  readonly model: string;
}

/** Follows the tensors of one model from its outputs back to its inputs. */
export class GraphBuilder {
  private registry!: LayerRegistry;
  private readonly calls = new Map<GraphLayer, number>();
  private readonly modelCalls = new Map<GraphLayer, number>();
  private readonly models: ModelCall[] = [];
  private readonly nodeIds = new Set<string>();
  private readonly modelIds = new Set<string>();

  constructor(private readonly flattens: boolean) {}

  build(model: ModelLike): Graph {
    this.registry = new LayerRegistry(model);
    for (const { sourceLayer } of model.inputs) this.registry.add(sourceLayer, sourceLayer.name);
    this.registry.addModel(model, '');
    const place: Place = { nodes: [], model: '' };
    const inputs = model.inputs.map(
      ({ sourceLayer, shape }) => this.addNode(sourceLayer, [], [shape], place)[0] as Value,
    );
    const outputs = this.expand(model, inputs, place);
    return {
      name: model.name,
      layers: this.registry.listed(new Set(this.calls.keys())),
      nodes: place.nodes,
      inputs: edgesOf(inputs),
      outputs: edgesOf(outputs),
      models: this.models,
      fusions: [],
    };
  }

  /** Puts the nodes of a model in their place; gives its outputs. */
  private expand(model: ModelLike, given: readonly Value[], place: Place): Value[] {
    const values = new Map<SymbolicTensorLike, Value>();
    assign(values, model.inputs, given);
    const first = firstModel(model);
    if (first) assign(values, first.outputs, this.callModel(first, given, place));
    // With a stack of its own, since a network may be deeper than JavaScript's.
    const waiting = [...model.outputs].reverse();
    for (;;) {
      const tensor = waiting.at(-1);
      if (tensor === undefined) break;
      const call = tensor.sourceLayer.inboundNodes[tensor.nodeIndex] as CallLike;
      const missing = values.has(tensor) ? [] : call.inputTensors.filter((input) => !values.has(input));
      waiting.push(...missing.reverse());
      if (missing.length > 0) continue;
      waiting.pop();
      if (!values.has(tensor))
        assign(values, call.outputTensors, this.callLayer(tensor.sourceLayer, call, values, place));
    }
    return model.outputs.map((tensor) => values.get(tensor) as Value);
  }

  private callLayer(
    layer: LayerLike,
    call: CallLike,
    values: ReadonlyMap<SymbolicTensorLike, Value>,
    place: Place,
  ): Value[] {
    const inputs = call.inputTensors.map((tensor) => values.get(tensor) as Value);
    if (isModel(layer)) return this.callModel(layer, inputs, place);
    const isAsBuilt = inputs.every(({ shape }, at) => isSameShape(shape, call.inputTensors[at]?.shape));
    const shapes = isAsBuilt ? call.outputTensors.map(({ shape }) => shape) : outputShapes(layer, shapesOf(inputs));
    return this.addNode(layer, inputs, shapes, place);
  }

  /** A nested model: one node, or all of its. */
  private callModel(layer: LayerLike & ModelLike, inputs: readonly Value[], place: Place): Value[] {
    if (!this.flattens) return this.addNode(layer, inputs, undefined, place);
    const found = this.registry.get(layer);
    const id = this.nextId(found, this.modelCalls, this.modelIds);
    const outputs = this.expand(layer, inputs, { nodes: place.nodes, model: id });
    const { path, className } = found;
    this.models.push({ id, path, className, inputs: edgesOf(inputs), outputs: edgesOf(outputs) });
    return outputs;
  }

  /** @param given the shapes of its outputs; a nested model's are those of its inner nodes */
  private addNode(
    source: LayerLike,
    inputs: readonly Value[],
    given: readonly Shape[] | undefined,
    place: Place,
  ): Value[] {
    const layer = this.registry.get(source);
    const call = this.calls.get(layer) ?? 0;
    const id = this.nextId(layer, this.calls, this.nodeIds);
    const { runs, nodes, outputs } = this.inner(source, id, inputs, place.model);
    const shapes = given ?? shapesOf(outputs);
    place.nodes.push({
      id,
      layer,
      call,
      model: place.model,
      inputs: edgesOf(inputs),
      inputShapes: shapesOf(inputs),
      outputShapes: shapes,
      ...(nodes.length > 0 && { inner: { nodes, outputs: edgesOf(outputs), runs } }),
    });
    return shapes.map((shape, output) => ({ edge: { node: id, output }, shape }));
  }

  /** What a wrapper or a nested model runs; no nodes for any other layer. */
  private inner(source: LayerLike, id: string, inputs: readonly Value[], model: string) {
    const nodes: GraphNode[] = [];
    if (isModel(source)) return { nodes, outputs: this.expand(source, inputs, { nodes, model: id }), runs: 1 };
    const parts = innerLayers(source).map(({ layer }) => layer);
    const [first] = parts;
    const [input] = inputs;
    if (first === undefined || input === undefined) return { nodes, outputs: [], runs: 1 };
    const place: Place = { nodes, model };
    if (source.getClassName() === 'Bidirectional') {
      const outputs = parts.flatMap((layer) => this.addNode(layer, [input], outputShapes(layer, [input.shape]), place));
      return { nodes, outputs, runs: 1 };
    }
    const runs = input.shape[1] ?? null;
    const step: Value = { edge: input.edge, shape: stepShape(input.shape) };
    if (source.getClassName() === 'TimeDistributed') {
      const outputs = isModel(first)
        ? this.callModel(first, [step], place)
        : this.addNode(first, [step], outputShapes(first, [step.shape]), place);
      return { nodes, outputs, runs };
    }
    // The cells of an RNN, each of which reads what the one before it gives.
    let value = step;
    for (const cell of parts) value = this.addNode(cell, [value], [cellShape(cell, value.shape)], place)[0] as Value;
    return { nodes, outputs: [value], runs };
  }

  private nextId(layer: GraphLayer, counts: Map<GraphLayer, number>, taken: Set<string>): string {
    const count = counts.get(layer) ?? 0;
    counts.set(layer, count + 1);
    return uniqueId(layer.id, taken, count);
  }
}

/**
 * The nested model that a Sequential begins with, if it does. It is not called: the Sequential goes on from the tensors
 * that the nested model is made of.
 */
function firstModel({ inputs, layers }: ModelLike): (LayerLike & ModelLike) | undefined {
  const [first] = layers;
  return isModel(first) && first.inputs[0] === inputs[0] ? (first as LayerLike & ModelLike) : undefined;
}

function assign(
  values: Map<SymbolicTensorLike, Value>,
  tensors: readonly SymbolicTensorLike[],
  given: readonly Value[],
): void {
  tensors.forEach((tensor, at) => {
    values.set(tensor, given[at] as Value);
  });
}

const edgesOf = (values: readonly Value[]): Edge[] => values.map(({ edge }) => edge);
const shapesOf = (values: readonly Value[]): Shape[] => values.map(({ shape }) => shape);
