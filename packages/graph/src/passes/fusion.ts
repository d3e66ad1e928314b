import type { GraphLayer } from '../graph.js';

/** A node and which of its inputs is meant. */
export interface NodeInput {
  readonly node: string;
  readonly at: number;
}

/** BatchNorm → ReLU, or BatchNorm → sum of two → ReLU. */
export interface BatchNormFusion {
  readonly kind: 'batch-norm';
  readonly norm: string;
  /** The sum between the two, and which of its inputs is BatchNorm's output. */
  readonly sum?: NodeInput;
  readonly activation: string;
  /** A sum further on that reads BatchNorm's input: a shortcut around it. */
  readonly shortcut?: NodeInput;
}

/** A dense or convolution layer with a bias → an activation function. */
export interface BiasActivationFusion {
  readonly kind: 'bias-activation';
  readonly node: string;
  /** tf.layers' name of the function. */
  readonly activation: string;
  /** The layer that computes the function; absent if the node itself does. */
  readonly reader?: string;
}

/** Nodes that can compute together: nobody else reads what lies between them. */
export type Fusion = BatchNormFusion | BiasActivationFusion;

/**
 * tf.layers' name of the function that an activation layer computes; undefined for other layers, and for a clipped
 * ReLU.
 */
export function activationOf(layer: GraphLayer): string | undefined {
  if (layer.kind === 'ReLU') return layer.config['maxValue'] == null ? 'relu' : undefined;
  return layer.kind === 'Activation' ? (layer.config['activation'] as string) : undefined;
}
