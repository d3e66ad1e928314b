import { epochOrder } from '@winnow/data';
import { isPlainRecord, perName } from '../objective/per-output.js';
import { type Column, columnsOf, rowsOf } from './column.js';
import { type Slot, shapeText } from './slot.js';
import type { ExampleBatch, ExampleSource } from './source.js';
import type { Examples } from './training-data.js';
import { valuesDigest } from './values-digest.js';

/** How examples in memory become batches. */
export interface ArrayBatches {
  readonly batchSize: number;
  readonly seed: number;
  readonly shuffle: boolean;
  /** Whether a last, smaller batch is left out. */
  readonly dropRemainder: boolean;
  /** Whether a checkpoint must recognise the values. */
  readonly digest: boolean;
}

/** Examples in memory, checked. */
export interface ExampleColumns {
  readonly count: number;
  readonly x: readonly Column[];
  readonly y: readonly Column[];
  readonly sampleWeight: readonly (Column | undefined)[];
}

/**
 * Reads examples into columns. `targets` is empty where only inputs are needed.
 *
 * @throws TypeError or RangeError naming the input or output and what is wrong with its values
 */
export function exampleColumns(
  caller: string,
  argument: string,
  data: Examples,
  inputs: readonly Slot[],
  targets: readonly Slot[],
): ExampleColumns {
  for (const key of Object.keys(data)) {
    if (['x', 'y', 'sampleWeight'].includes(key)) continue;
    throw new RangeError(`${caller}: ${argument} must have x, y and sampleWeight alone, got '${key}'`);
  }
  const x = columnsOf(caller, 'x', data.x, inputs);
  if (targets.length > 0 && data.y === undefined) {
    throw new TypeError(`${caller}: ${argument} must have targets y, got undefined`);
  }
  const y = targets.length > 0 ? columnsOf(caller, 'y', data.y, targets) : [];
  const count = (x[0] as Column).count;
  const sampleWeight = targets.length > 0 ? weightColumns(caller, data.sampleWeight, targets) : [];
  for (const column of [...x, ...y, ...sampleWeight]) {
    if (column === undefined || column.count === count) continue;
    const first = (x[0] as Column).label;
    throw new RangeError(
      `${caller}: ${column.label} must have as many examples as ${first}, ${count}, got ${column.count}`,
    );
  }
  return { count, x, y, sampleWeight };
}

function weightColumns(caller: string, weights: unknown, targets: readonly Slot[]): (Column | undefined)[] {
  if (weights === undefined) return targets.map(() => undefined);
  const names = targets.map(({ name }) => name);
  const given = perName<unknown>(caller, 'sampleWeight', weights, names, {
    isRecord: isPlainRecord(weights),
    isList: false,
    optional: true,
  });
  return targets.map((target, i) => {
    if (given[i] === undefined) return undefined;
    const slot = weightSlot(target, names.length);
    const [column] = columnsOf(caller, 'sampleWeight', given[i], [slot]) as [Column];
    checkWeightShape(caller, slot.label, [column.count, ...column.row], target);
    checkWeights(caller, slot.label, column.values);
    return column;
  });
}

/** The slot of an output's weights. */
export function weightSlot({ name }: Slot, outputs: number): Slot {
  const label = outputs > 1 ? `sampleWeight of '${name}'` : 'sampleWeight';
  return { name, label, shape: [null], dtype: 'float32', targets: 'any' };
}

/** @throws RangeError unless there is a weight for every example, or for every step of every example */
export function checkWeightShape(
  caller: string,
  label: string,
  given: readonly number[],
  { targets, shape }: Slot,
): void {
  if (given.length === 1) return;
  const steps = targets === 'classes' ? shape : shape.slice(0, -1);
  const fits = given.length <= steps.length && given.every((size, axis) => (steps[axis] ?? size) === size);
  if (fits) return;
  const wanted = steps.length > 1 ? `[n] or ${shapeText(steps)}` : '[n]';
  throw new RangeError(`${caller}: ${label} must have shape ${wanted}, got [${given.join(', ')}]`);
}

/** @throws RangeError for a weight that is negative or not finite */
export function checkWeights(caller: string, label: string, values: ArrayLike<number>): void {
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    if (!(value >= 0 && value < Infinity)) {
      throw new RangeError(`${caller}: ${label} must be in [0, Infinity), got ${value} at ${i}`);
    }
  }
}

/** The batches of examples in memory: a function of the seed, the epoch and the batch's number. */
export function arraySource({ count, x, y, sampleWeight }: ExampleColumns, options: ArrayBatches): ExampleSource {
  const { batchSize, seed, shuffle, dropRemainder, digest } = options;
  const batchesPerEpoch = (dropRemainder ? Math.floor : Math.ceil)(count / batchSize);
  return {
    batchesPerEpoch,
    identity: {
      batchSize,
      seed,
      examples: count,
      x: x.map(({ row }) => row),
      y: y.map(({ row }) => row),
      weighted: sampleWeight.map((column) => column !== undefined),
      ...(digest && { data: valuesDigest([...x, ...y, ...sampleWeight]) }),
    },
    saved: new Map(),
    async *batches(epoch, start): AsyncGenerator<ExampleBatch> {
      const order = epochOrder(count, { shuffle, seed, epoch });
      for (let batch = start; batch < batchesPerEpoch; batch++) {
        const indices = order.subarray(batch * batchSize, (batch + 1) * batchSize);
        yield {
          x: x.map((column) => rowsOf(column, indices)),
          y: y.map((column) => rowsOf(column, indices)),
          sampleWeight: sampleWeight.map((column) => column && rowsOf(column, indices)),
          size: indices.length,
        };
      }
    },
    dispose() {},
  };
}
