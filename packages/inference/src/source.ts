/** What layers are read from: a model's objects or its files. */

/** One call of a layer. */
export interface SourceNode {
  readonly id: string;
  readonly path: string;
  /** tf.layers' class name. */
  readonly className: string;
  /** Whether it is one of tf.layers' own. */
  readonly isStock: boolean;
  /** The layer's options under tf.layers' names, such as `kernelSize`. */
  readonly config: Readonly<Record<string, unknown>>;
  /** Of an input: its shape without the batch; null is an open size. */
  readonly inputDims?: readonly (number | null)[];
  /** Values that it reads: ids of earlier nodes. */
  readonly inputs: readonly string[];
  /** By the layer's own names: `kernel`, `moving_mean`. */
  readonly weights: ReadonlyMap<string, SourceWeight>;
}

export interface SourceWeight {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/** A model: nodes in an order in which they can run. */
export interface SourceModel {
  readonly nodes: readonly SourceNode[];
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}
