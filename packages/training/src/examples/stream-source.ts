import { createHash } from 'node:crypto';
import { tf } from '@winnow/tensorflow';
import { isPlainRecord, perName } from '../objective/per-output.js';
import { checkWeightShape, checkWeights, weightSlot } from './array-source.js';
import { nestedNumbers } from './column.js';
import { checkTargets, fittedShape, type Slot } from './slot.js';
import { type ExampleBatch, type ExampleSource, tensorsOf } from './source.js';
import type { ExampleStream } from './training-data.js';

/** How a stream is read. */
export interface StreamReading {
  readonly batchesPerEpoch: number;
  /** Whether a checkpoint must recognise the stream: its batches are then digested. */
  readonly digest: boolean;
}

type Iterator = Awaited<ReturnType<ExampleStream['iterator']>>;

/** The sizes of a digest in int32 words: of the epoch's first batch, and of all its batches so far. */
const WORDS = 4;

/**
 * The batches of a `tf.data.Dataset`. Every epoch reads it from its beginning, with one call of `iterator()`, so a
 * seeded `shuffle` gives the same order again. A run that resumes makes the calls of the epochs before and reads
 * over the batches that it has seen; their digest must be the one in the checkpoint.
 */
export function streamSource(
  caller: string,
  stream: ExampleStream,
  inputs: readonly Slot[],
  targets: readonly Slot[],
  { batchesPerEpoch, digest }: StreamReading,
): ExampleSource {
  const seen = digest
    ? tf.tidy(() => tf.variable(tf.zeros([2 * WORDS], 'int32'), false, undefined, 'int32'))
    : undefined;
  const digests = new WeakMap<ExampleBatch, readonly number[]>();
  let opened = 0;

  /** The iterator of an epoch. Those of earlier epochs are opened first. */
  async function open(epoch: number, isResumed: boolean): Promise<Iterator> {
    let iterator: Iterator | undefined;
    while (opened <= epoch) {
      iterator = await stream.iterator();
      opened++;
      if (isResumed && seen && opened === epoch) await checkFirst(iterator);
    }
    if (iterator === undefined) throw new Error(`${caller}: epoch ${epoch} of the data was read before`);
    return iterator;
  }

  /** Checks the first batch of the epoch before the one that the run goes on with. */
  async function checkFirst(iterator: Iterator): Promise<void> {
    const batch = await nextBatch(caller, iterator, inputs, targets);
    const first = batch && digestOf(batch, []);
    tf.dispose(batch ? tensorsOf(batch) : []);
    checkSame(first, [...(seen as tf.Variable).dataSync()].slice(0, WORDS));
  }

  function checkSame(now: readonly number[] | undefined, then: readonly number[]): void {
    if (now !== undefined && String(now) === String(then)) return;
    throw new Error(
      `${caller}: the data does not repeat what the checkpoint was trained on, so the run cannot be resumed; ` +
        'make the tf.data.Dataset anew in each process, give shuffle a seed, and let generators be repeatable',
    );
  }

  return {
    batchesPerEpoch,
    identity: { data: 'tf.data.Dataset' },
    saved: new Map(seen ? [['data/digest', seen] as const] : []),
    async *batches(epoch, start): AsyncGenerator<ExampleBatch> {
      const isResumed = opened === 0 && epoch > 0;
      const iterator = await open(epoch, isResumed && start === 0);
      let first: readonly number[] | undefined;
      let running: readonly number[] = [];
      for (let index = 0; index < batchesPerEpoch; index++) {
        const batch = await nextBatch(caller, iterator, inputs, targets);
        if (batch === undefined) return;
        if (seen) {
          running = digestOf(batch, running);
          first ??= running;
          digests.set(batch, [...first, ...running]);
        }
        if (index >= start) {
          yield batch;
          continue;
        }
        tf.dispose(tensorsOf(batch));
        if (seen && index === start - 1) checkSame(digests.get(batch), [...seen.dataSync()]);
      }
    },
    taken(batch) {
      const words = digests.get(batch);
      if (seen && words) tf.tidy(() => seen.assign(tf.tensor1d([...words], 'int32')));
    },
    dispose: () => seen?.dispose(),
  };
}

/** A digest of a batch's values and of the digest before it. */
function digestOf(batch: ExampleBatch, before: readonly number[]): number[] {
  const hash = createHash('sha256').update(Int32Array.from(before));
  for (const tensor of tensorsOf(batch)) {
    const values = tensor.dataSync();
    hash.update(`${tensor.shape}`).update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  }
  const bytes = hash.digest();
  return Array.from({ length: WORDS }, (_, i) => bytes.readInt32LE(4 * i));
}

/** The next batch of an iterator, checked against the slots; undefined at the end. */
async function nextBatch(
  caller: string,
  iterator: Iterator,
  inputs: readonly Slot[],
  targets: readonly Slot[],
): Promise<ExampleBatch | undefined> {
  const { value, done } = await iterator.next();
  if (done) return undefined;
  return inTidy(() => {
    const element = value as unknown;
    const record = isPlainRecord(element) ? element : {};
    if (targets.length > 0 && (record['xs'] === undefined || record['ys'] === undefined)) {
      throw new TypeError(`${caller}: data must be batches {xs, ys}, got ${describe(element)}`);
    }
    // Without targets a stream may be of inputs alone.
    const x = tensorsFor(caller, 'xs', record['xs'] ?? element, inputs);
    const y = tensorsFor(caller, 'ys', record['ys'], targets);
    const size = (x[0] as tf.Tensor).shape[0] as number;
    for (const [i, tensor] of [...x, ...y].entries()) {
      if (tensor.shape[0] === size) continue;
      const { label } = [...inputs, ...targets][i] as Slot;
      throw new RangeError(`${caller}: ${label} must have ${size} examples in this batch, got ${tensor.shape[0]}`);
    }
    const sampleWeight = targets.length > 0 ? weightsFor(caller, record['sampleWeight'], targets, size) : [];
    const batch: ExampleBatch = { x, y, sampleWeight, size };
    for (const tensor of tensorsOf(batch)) tf.keep(tensor);
    tf.dispose(element as tf.TensorContainer);
    return batch;
  });
}

/** `tf.tidy` for a result with kept tensors. */
function inTidy<T>(make: () => T): T {
  let made: T | undefined;
  tf.tidy(() => {
    made = make();
  });
  return made as T;
}

function tensorsFor(caller: string, argument: string, values: unknown, slots: readonly Slot[]): tf.Tensor[] {
  if (slots.length === 0) return [];
  const names = slots.map(({ name }) => name);
  const isRecord = isPlainRecord(values);
  const isList = Array.isArray(values) && (slots.length > 1 || values[0] instanceof tf.Tensor);
  const given = perName<unknown>(caller, argument, values, names, { isRecord, isList });
  return slots.map((slot, i) => tensorFor(caller, slot, given[i]));
}

/** A tensor of a batch in the slot's shape and dtype: always a new one. */
function tensorFor(caller: string, slot: Slot, given: unknown): tf.Tensor {
  const { label, dtype, targets } = slot;
  if (given instanceof tf.Tensor && given.isDisposed) {
    throw new TypeError(`${caller}: ${label} is a disposed tensor; let the data set make its tensors for every epoch`);
  }
  let tensor = given;
  if (Array.isArray(given)) {
    const { values, shape } = nestedNumbers(caller, label, given);
    tensor = tf.tensor(Float32Array.from(values), shape);
  }
  if (!(tensor instanceof tf.Tensor)) {
    throw new TypeError(`${caller}: ${label} must be a tensor in every batch, got ${describe(given)}`);
  }
  if (tensor.dtype === 'string' || tensor.dtype === 'complex64') {
    throw new TypeError(`${caller}: ${label} must be numbers, got ${tensor.dtype}`);
  }
  const shape = fittedShape(caller, slot, tensor.shape);
  if (targets) checkTargets(caller, slot, tensor.dataSync());
  return tf.clone(tf.reshape(tf.cast(tensor, dtype ?? (tensor.dtype === 'int32' ? 'int32' : 'float32')), shape));
}

function weightsFor(
  caller: string,
  weights: unknown,
  targets: readonly Slot[],
  size: number,
): (tf.Tensor | undefined)[] {
  if (weights === undefined) return targets.map(() => undefined);
  const names = targets.map(({ name }) => name);
  const isRecord = isPlainRecord(weights);
  const given = perName<unknown>(caller, 'sampleWeight', weights, names, { isRecord, isList: false, optional: true });
  return targets.map((target, i) => {
    if (given[i] === undefined) return undefined;
    const slot = weightSlot(target, names.length);
    const tensor = tensorFor(caller, slot, given[i]);
    if (tensor.shape[0] !== size) {
      throw new RangeError(`${caller}: ${slot.label} must have ${size} examples in this batch, got ${tensor.shape[0]}`);
    }
    checkWeightShape(caller, slot.label, tensor.shape, target);
    checkWeights(caller, slot.label, tensor.dataSync());
    return tensor;
  });
}

function describe(value: unknown): string {
  if (isPlainRecord(value)) return `{${Object.keys(value)}}`;
  if (value instanceof tf.Tensor) return 'a tensor';
  return typeof value === 'object' && value !== null ? value.constructor.name : String(value);
}
