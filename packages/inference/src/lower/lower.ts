import { type Network, NO_ACTIVATION, type Node } from '../network.js';
import type { SourceModel, SourceNode } from '../source.js';
import { activationLayers } from './activations.js';
import { LayerCall } from './layer-call.js';
import { otherLayers } from './other-layers.js';
import { weightedLayers } from './weighted-layers.js';

type Lower = (call: LayerCall) => Node;

/** Every kind of layer that can be compiled, and what it becomes. */
export const LAYERS: ReadonlyMap<string, Lower> = new Map<string, Lower>([
  ...Object.entries<Lower>(weightedLayers),
  ...Object.entries<Lower>(activationLayers),
  ...Object.entries<Lower>(otherLayers),
]);

/** An input or output of a network. */
export interface Port {
  readonly name: string;
  /** Without the batch. */
  readonly dims: readonly number[];
}

export interface Lowered {
  readonly network: Network;
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
}

/**
 * Turns a model's layers into the operations of a plan, one layer after the other.
 *
 * @param inputShapes sizes in the place of open ones, by the inputs' names
 * @throws RangeError naming every layer that is not supported, before any other work
 */
export function lower(model: SourceModel, inputShapes: Readonly<Record<string, readonly number[]>>): Lowered {
  refuseUnsupported(model);
  const given = new Set(Object.keys(inputShapes));
  const nodes: Node[] = [];
  const values = new Map<string, Node>();
  for (const source of model.nodes) {
    const add = (node: Node) => {
      nodes.push(node);
      return node;
    };
    if (source.inputDims !== undefined) {
      given.delete(source.path);
      const dims = inputDims(source, inputShapes[source.path]);
      values.set(source.id, add({ path: source.path, op: 'input', inputs: [], activation: NO_ACTIVATION, dims }));
      continue;
    }
    const inputs = source.inputs.map((id) => values.get(id) as Node);
    values.set(source.id, (LAYERS.get(source.className) as Lower)(new LayerCall(source, inputs, add)));
  }
  for (const name of given) throw new RangeError(`compile: inputShapes has '${name}', and the model has no such input`);
  const inputs = model.inputs.map((id) => values.get(id) as Node);
  // The model's own order, whatever the order of its layers.
  const rest = nodes.filter(({ op }) => op !== 'input');
  const outputs = model.outputs.map((id) => values.get(id) as Node);
  const last = outputs.map((node): Node => {
    return { path: node.path, op: 'output', inputs: [node], activation: NO_ACTIVATION, dims: node.dims };
  });
  return { network: [...inputs, ...rest, ...last], inputs: ports(inputs), outputs: ports(outputs) };
}

const ports = (nodes: readonly Node[]): Port[] => nodes.map(({ path, dims }) => ({ name: path, dims }));

function refuseUnsupported({ nodes }: SourceModel): void {
  const unknown = nodes.filter(
    ({ inputDims: dims, isStock, className }) => !(dims || (isStock && LAYERS.has(className))),
  );
  if (unknown.length === 0) return;
  const names = [...new Set(unknown.map(({ path, className }) => `${path} (${className})`))];
  throw new RangeError(
    `compile: ${names.length === 1 ? 'a layer is' : `${names.length} layers are`} not supported: ${names.join(', ')}`,
  );
}

function inputDims(
  { path, inputDims: dims = [] }: SourceNode,
  given: readonly number[] | undefined,
): readonly number[] {
  if (dims.length < 1 || dims.length > 3) {
    throw new RangeError(`compile: ${path}: an input must have 1 to 3 axes beside the batch, got [${dims}]`);
  }
  if (given !== undefined) {
    const fits = given.length === dims.length && given.every((size, at) => size === (dims[at] ?? size));
    const isShape = given.every((size) => Number.isInteger(size) && size >= 1);
    if (fits && isShape) return given;
    throw new RangeError(
      `compile: inputShapes['${path}'] must fit [${dims.map((size) => size ?? 'any')}], got [${given}]`,
    );
  }
  if (dims.every((size) => size !== null)) return dims as readonly number[];
  throw new RangeError(
    `compile: ${path}: its shape [${dims.map((size) => size ?? 'any')}] is open: give inputShapes: { '${path}': […] }`,
  );
}
