import type { LayerKind, WeightRole } from './kinds.js';
import type { LayerLike, Shape, TensorLike, VariableLike } from './layers-model.js';
import type { Fusion } from './passes/fusion.js';

/** A weight of a layer. */
export interface Weight {
  /** `kernel`, `moving_mean`: what its layer calls it. */
  readonly name: string;
  readonly role: WeightRole;
  readonly shape: readonly number[];
  readonly dtype: string;
  /** How many numbers it has. */
  readonly size: number;
  /** Whether the model trains it: false within whatever is frozen, be it a layer or a model around it. */
  readonly trainable: boolean;
  /** The layer's variable that it was read from. */
  readonly source: VariableLike;
  /** The variable itself, not a copy. */
  read(): TensorLike;
}

/** A layer. Where it is called several times, several nodes refer to it. */
export interface GraphLayer {
  /** Tells it from all others: `outer/inner/conv1`, `each/inner`, `both/forward`, `rnn/cell0`. */
  readonly id: string;
  /** What its weights are named by: its id, but `each` for a layer in the TimeDistributed `each`. */
  readonly path: string;
  readonly kind: LayerKind;
  readonly className: string;
  /** The stock layer that it is a subclass of, if it is one. Its weights have that layer's roles. */
  readonly extends?: LayerKind;
  /** The wrappers, or layers of a user's own, that run it. */
  readonly holders: readonly GraphLayer[];
  /** The layer's options, as it writes them into a saved model. */
  readonly config: Readonly<Record<string, unknown>>;
  /** In the layer's order. A wrapper or nested model has none of its own: its inner layers have. */
  readonly weights: readonly Weight[];
  /** What it was read from. */
  readonly source: LayerLike;
}

/** One tensor: output `output` of the node with this id. */
export interface Edge {
  readonly node: string;
  readonly output: number;
}

/** One call of a layer. */
export interface GraphNode {
  /** The layer's id; of its second call `inner/a#1`. */
  readonly id: string;
  readonly layer: GraphLayer;
  /** How many calls of its layer come before this one. */
  readonly call: number;
  /** The id of the nested model's call that it belongs to; `''` outside of nested models. */
  readonly model: string;
  readonly inputs: readonly Edge[];
  readonly inputShapes: readonly Shape[];
  readonly outputShapes: readonly Shape[];
  /** What a wrapper runs. */
  readonly inner?: InnerNodes;
}

/** The nodes within a wrapper. They read what the wrapper reads: of TimeDistributed and RNN, one step of it. */
export interface InnerNodes {
  readonly nodes: readonly GraphNode[];
  readonly outputs: readonly Edge[];
  /**
   * How often the nodes run each time that the wrapper runs; null if that is open, as the length of a sequence may be.
   */
  readonly runs: number | null;
}

/** A call of a nested model whose layers stand in the graph. Its inputs are the tensors that it is called with. */
export interface ModelCall {
  /** `outer/inner`; of its second call `outer/inner#1`. */
  readonly id: string;
  readonly path: string;
  readonly className: string;
  readonly inputs: readonly Edge[];
  readonly outputs: readonly Edge[];
}

/** A network. Passes are functions from one to another; none changes the one it is given. */
export interface Graph {
  readonly name: string;
  /** Every layer once, in the order of the model's `layers`, those of nested models and wrappers in their place. */
  readonly layers: readonly GraphLayer[];
  /** In an order in which they can run. */
  readonly nodes: readonly GraphNode[];
  readonly inputs: readonly Edge[];
  readonly outputs: readonly Edge[];
  /** Calls of nested models, an inner one before the one around it. */
  readonly models: readonly ModelCall[];
  /** Nodes that can compute together; what `fuseBatchNorm` and `fuseBiasActivation` found. */
  readonly fusions: readonly Fusion[];
}
