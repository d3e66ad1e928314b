import {
  AFFINE_LAYERS,
  type Edge,
  type Graph,
  type GraphLayer,
  type GraphNode,
  graphOf,
  type ModelLike,
} from '@winnow/graph';
import type { tf } from '@winnow/tensorflow';
import type { Loss } from './losses.js';

/** What a model's last layer does to its values. */
export interface Head {
  /** Path of the layer that computes the output. */
  readonly layer: string;
  /** `'linear'`, `'softmax'`, …; undefined if the layer is a custom one or has no activation to name. */
  readonly activation: string | undefined;
}

/** Layers that pass values on as they are. */
const PASSING: readonly string[] = ['Flatten', 'Reshape', 'Permute', 'Dropout', 'RepeatVector', 'Activation:linear'];
const WITH_ACTIVATION: readonly string[] = [...AFFINE_LAYERS, 'Activation', 'SimpleRNN', 'GRU', 'LSTM'];

/** The head of every output of a model. */
export function headsOf(model: tf.LayersModel): Head[] {
  const graph = graphOf(model as unknown as ModelLike);
  return graph.outputs.map((edge) => headAt(graph.nodes, edge));
}

function headAt(nodes: Graph['nodes'], edge: Edge): Head {
  const node = nodes.find(({ id }) => id === edge.node) as GraphNode;
  const { layer, inner } = node;
  const [innerOutput] = inner?.outputs ?? [];
  if (layer.kind === 'TimeDistributed' && inner && innerOutput) return headAt(inner.nodes, innerOutput);
  const [input] = node.inputs;
  const isPassing = PASSING.includes(layer.kind) || PASSING.includes(`${layer.kind}:${activationOf(layer)}`);
  // The tensor that a wrapper reads is no node among its inner ones.
  if (isPassing && input && nodes.some(({ id }) => id === input.node)) return headAt(nodes, input);
  return { layer: layer.path, activation: activationOf(layer) };
}

function activationOf(layer: GraphLayer): string | undefined {
  if (layer.kind === 'Softmax') return 'softmax';
  if (!WITH_ACTIVATION.includes(layer.kind)) return undefined;
  const { activation } = layer.config;
  if (activation === undefined || activation === null) return 'linear';
  if (typeof activation === 'string') return activation.toLowerCase();
  const { className } = activation as { className?: string };
  return className?.toLowerCase();
}

/**
 * Checks that a loss suits what the model puts out, so that training cannot settle on a floor that no step can lower.
 *
 * @throws RangeError naming the output, its layer and a loss that suits it
 */
export function checkHead(
  caller: string,
  output: string,
  shape: readonly (number | null)[],
  head: Head,
  loss: Loss,
): void {
  const { activation, layer } = head;
  const refuse = (why: string, instead: string) => {
    throw new RangeError(`${caller}: loss '${loss.name}' does not suit output '${output}': ${why}; ${instead}`);
  };
  const units = shape.at(-1);
  if (loss.needsClasses && typeof units !== 'number') refuse('its last axis is open', 'give the layer a fixed size');
  if (loss.needsClasses && units === 1) {
    const other = loss.head === 'logits' ? 'sigmoidCrossEntropy' : 'binaryCrossentropy';
    refuse('it has one unit, and one class is always right', `use '${other}' with zeros and ones, or a unit per class`);
  }
  if (loss.head === 'logits' && (activation === 'softmax' || activation === 'sigmoid')) {
    const applied = `layer '${layer}' has already applied ${activation}, and the loss would apply one more`;
    const named = { softmax: 'sparseCategoricalCrossentropy', sigmoid: 'binaryCrossentropy' }[activation];
    refuse(applied, `use '${named}', or leave the activation out`);
  }
  if (loss.head === 'probabilities' && activation === 'linear') {
    const named = loss.name === 'binaryCrossentropy' ? 'sigmoidCrossEntropy' : 'softmaxCrossEntropy';
    const use = loss.name === 'sparseCategoricalCrossentropy' || loss.name === 'binaryCrossentropy';
    const activations = loss.name === 'binaryCrossentropy' ? 'sigmoid' : 'softmax';
    refuse(
      `layer '${layer}' puts out logits, not probabilities`,
      `${use ? `use '${named}', or ` : ''}give the layer the activation '${activations}'`,
    );
  }
}
