import { tf } from '@winnow/tensorflow';
import { isPlainRecord, perName } from '../objective/per-output.js';
import { checkTargets, fittedShape, type Slot, shapeText } from './slot.js';
import type { NumberArray, Values } from './training-data.js';

/** Rows of numbers in memory. */
export interface Column {
  readonly label: string;
  readonly values: ArrayLike<number>;
  readonly count: number;
  /** Shape of one row. */
  readonly row: readonly number[];
  readonly dtype: 'float32' | 'int32';
}

/** The columns of a list of slots, each checked against its slot. */
export function columnsOf(caller: string, argument: string, values: unknown, slots: readonly Slot[]): Column[] {
  const isList = Array.isArray(values) && (slots.length > 1 || isValues(values[0]));
  const isRecord = isPlainRecord(values);
  if (!isList && !isRecord && slots.length > 1) {
    const names = slots.map(({ name }) => name);
    throw new TypeError(`${caller}: ${argument} must be a list or record with values for ${names.join(', ')}`);
  }
  const given = perName<unknown>(
    caller,
    argument,
    values,
    slots.map(({ name }) => name),
    { isRecord, isList },
  );
  return slots.map((slot, i) => columnOf(caller, slot, given[i]));
}

function columnOf(caller: string, slot: Slot, given: unknown): Column {
  const { label, targets } = slot;
  const [values, shape] = read(caller, slot, given);
  const [count = 0, ...row] = shape;
  if (count < 1) throw new RangeError(`${caller}: ${label} must have at least one example, got ${count}`);
  if (targets) checkTargets(caller, slot, values);
  const dtype = slot.dtype ?? (values instanceof Int32Array ? 'int32' : 'float32');
  return { label, values, count, row, dtype };
}

/** The values and the shape that they are used in. */
function read(caller: string, slot: Slot, given: unknown): [ArrayLike<number>, number[]] {
  const { label, shape } = slot;
  if (given instanceof tf.Tensor) {
    if (given.isDisposed) throw new TypeError(`${caller}: ${label} must be a live tensor, got a disposed one`);
    if (given.dtype === 'string' || given.dtype === 'complex64') {
      throw new TypeError(`${caller}: ${label} must be numbers, got ${given.dtype}`);
    }
    return [given.dataSync(), fittedShape(caller, slot, given.shape)];
  }
  if (isNumbers(given)) {
    const row = shape.slice(1);
    if (row.some((size) => size === null)) {
      const open = shapeText(shape);
      throw new TypeError(`${caller}: ${label} has the open shape ${open}; give a tensor rather than a typed array`);
    }
    const size = (row as number[]).reduce((product, axis) => product * axis, 1);
    if (given.length % size !== 0) {
      const what = `${size} for each example of shape [${row.join(', ')}]`;
      throw new RangeError(`${caller}: ${label} must have a multiple of ${what}, got ${given.length} values`);
    }
    return [given, [given.length / size, ...(row as number[])]];
  }
  if (Array.isArray(given)) {
    const { values, shape: nested } = nestedNumbers(caller, label, given);
    return [values, fittedShape(caller, slot, nested)];
  }
  const what = given === undefined || given === null ? String(given) : (given as object).constructor?.name;
  throw new TypeError(`${caller}: ${label} must be a tensor, a typed array or nested arrays of numbers, got ${what}`);
}

/**
 * The numbers of nested arrays, and their shape. tfjs would take rows of unequal length for a tensor with values
 * missing.
 *
 * @throws TypeError or RangeError for what is no number, and for rows of unequal length
 */
export function nestedNumbers(
  caller: string,
  label: string,
  given: unknown[],
): { values: Float64Array; shape: number[] } {
  const shape: number[] = [];
  for (let level: unknown = given; Array.isArray(level); level = level[0]) shape.push(level.length);
  const numbers: number[] = [];
  flatten(caller, label, given, shape, numbers);
  return { values: Float64Array.from(numbers), shape };
}

function flatten(caller: string, label: string, level: unknown, shape: readonly number[], numbers: number[]): void {
  const [size, ...rest] = shape;
  if (size === undefined) {
    if (typeof level !== 'number') throw new TypeError(`${caller}: ${label} must be numbers, got ${level}`);
    numbers.push(level);
    return;
  }
  if (!Array.isArray(level) || level.length !== size) {
    const got = Array.isArray(level) ? `one of ${level.length}` : String(level);
    throw new RangeError(`${caller}: ${label} must be in rows of equal length, ${size}, got ${got}`);
  }
  for (const inner of level) flatten(caller, label, inner, rest, numbers);
}

/** The rows with these indices as a tensor. */
export function rowsOf({ values, row, dtype }: Column, indices: ArrayLike<number>): tf.Tensor {
  const size = row.reduce((product, axis) => product * axis, 1);
  const out = dtype === 'int32' ? new Int32Array(indices.length * size) : new Float32Array(indices.length * size);
  for (let i = 0; i < indices.length; i++) {
    const from = (indices[i] as number) * size;
    out.set((values as Float32Array).subarray(from, from + size), i * size);
  }
  return tf.tensor(out, [indices.length, ...row], dtype);
}

function isNumbers(value: unknown): value is NumberArray {
  return ArrayBuffer.isView(value) && !(value instanceof DataView) && isOfNumbers(value);
}

const isOfNumbers = (value: object) => !(value instanceof BigInt64Array || value instanceof BigUint64Array);

function isValues(value: unknown): value is Values {
  return value instanceof tf.Tensor || isNumbers(value);
}
