import type { tf } from '@winnow/tensorflow';

/** Examples on their way into the model. All tensors belong to whoever asked for the batch. */
export interface ExampleBatch {
  /** One for every input. */
  readonly x: readonly tf.Tensor[];
  /** One for every output. */
  readonly y: readonly tf.Tensor[];
  /** One for every output, undefined where all weigh the same. */
  readonly sampleWeight: readonly (tf.Tensor | undefined)[];
  readonly size: number;
}

/** Where batches come from. */
export interface ExampleSource {
  /** Batches in an epoch. */
  readonly batchesPerEpoch: number;
  /** What tells runs on other data apart, as plain JSON. */
  readonly identity: Readonly<Record<string, unknown>>;
  /** Variables that belong in a checkpoint, by name. */
  readonly saved: ReadonlyMap<string, tf.Variable>;
  /** The batches of an epoch from batch `start` on. */
  batches(epoch: number, start: number): AsyncIterable<ExampleBatch>;
  /** Called when the step of a batch is about to be taken. */
  taken?(batch: ExampleBatch): void;
  /** Disposes what the source made. The examples stay the caller's. */
  dispose(): void;
}

/** All tensors of a batch. */
export function tensorsOf({ x, y, sampleWeight }: ExampleBatch): tf.Tensor[] {
  return [...x, ...y, ...sampleWeight.filter((weights) => weights !== undefined)];
}
