import type { tf } from '@winnow/tensorflow';
import type { OutputObjective } from '../objective/objective.js';
import { arraySource, exampleColumns } from './array-source.js';
import { inputSlots, targetSlots } from './slot.js';
import type { ExampleSource } from './source.js';
import { streamSource } from './stream-source.js';
import { type ExampleStream, type Examples, isStream } from './training-data.js';

/** How examples or a stream are read. */
export interface Reading {
  /** Examples in a batch. Needed for examples in memory; a stream comes in batches. */
  readonly batchSize: number | undefined;
  /** Whether a batch size beyond the number of examples means all of them. */
  readonly clampBatchSize?: boolean;
  /** Batches of an epoch. Needed for a stream that does not know its length. */
  readonly batchesPerEpoch: number | undefined;
  readonly seed: number;
  readonly shuffle: boolean;
  readonly dropRemainder: boolean;
  readonly digest: boolean;
}

/**
 * The batches of examples or of a stream, for a model.
 *
 * @param objective empty where only the inputs are needed
 * @throws TypeError or RangeError naming the input, output or option; for a stream when its batches are read
 */
export function sourceOf(
  caller: string,
  argument: string,
  model: tf.LayersModel,
  data: Examples | ExampleStream,
  objective: readonly OutputObjective[],
  { batchSize: given, clampBatchSize = false, batchesPerEpoch, seed, shuffle, dropRemainder, digest }: Reading,
): ExampleSource {
  const inputs = inputSlots(caller, model);
  const targets = targetSlots(objective);
  const isCount = (value: unknown): value is number => Number.isInteger(value) && (value as number) >= 1;
  if (isStream(data)) {
    if (given !== undefined) {
      throw new RangeError(
        `${caller}: batchSize must be left out, since a tf.data.Dataset comes in batches, got ${given}`,
      );
    }
    const length = batchesPerEpoch ?? data.size;
    if (!isCount(length)) {
      const why = 'since the tf.data.Dataset does not know its length';
      throw new RangeError(`${caller}: batchesPerEpoch must be an integer ≥ 1, ${why}, got ${length}`);
    }
    return streamSource(caller, data, inputs, targets, { batchesPerEpoch: length, digest });
  }
  if (batchesPerEpoch !== undefined) {
    throw new RangeError(`${caller}: batchesPerEpoch is for a tf.data.Dataset alone, got ${batchesPerEpoch}`);
  }
  const columns = exampleColumns(caller, argument, data, inputs, targets);
  const batchSize = clampBatchSize ? Math.min(given as number, columns.count) : given;
  if (!isCount(batchSize) || (dropRemainder && batchSize > columns.count)) {
    const range = dropRemainder ? `in [1, ${columns.count}] (the examples)` : '≥ 1';
    throw new RangeError(`${caller}: batchSize must be an integer ${range}, got ${batchSize}`);
  }
  return arraySource(columns, { batchSize, seed, shuffle, dropRemainder, digest });
}
