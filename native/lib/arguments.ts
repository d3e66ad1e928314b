/**
 * Checks of arrays and words. Each throws a TypeError or RangeError that names the op, the argument, its range and the
 * value.
 */

import { checkInteger, productOf } from './value-checks.js';

/** What is ranked: the weights of every column, or the columns of the kernel. */
export type Granularity = 'weight' | 'unit';

/** A kernel's size as a matrix: [fanIn, units]. */
export interface MatrixSize {
  fanIn: number;
  units: number;
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (typeof value !== 'object') return typeof value;
  const maker: unknown = value.constructor;
  return typeof maker === 'function' ? maker.name : 'object';
}

/** An integer that fits 32 bits. */
export function checkWord(op: string, name: string, value: unknown): void {
  checkInteger(op, name, value, 0, 2 ** 32 - 1);
}

function checkList(op: string, name: string, value: unknown): void {
  if (!Array.isArray(value)) throw new TypeError(`${op}: ${name} must be an array, got ${kindOf(value)}`);
}

/**
 * What `read` makes of every entry of a list. Unlike `map` it ends at the first hole, of which a list may have 2^32.
 */
export function readEntries<T, R>(
  op: string,
  name: string,
  list: readonly T[],
  read: (entry: T, name: string) => R,
): R[] {
  checkList(op, name, list);
  const results: R[] = [];
  for (let i = 0; i < list.length; i++) {
    const entry = list[i];
    const path = `${op}: ${name}[${i}]`;
    if (typeof entry !== 'object' || entry === null)
      throw new TypeError(`${path} must be an object, got ${kindOf(entry)}`);
    results.push(read(entry, path));
  }
  return results;
}

export function checkBoolean(op: string, name: string, value: unknown): void {
  if (typeof value !== 'boolean') throw new TypeError(`${op}: ${name} must be a boolean, got ${kindOf(value)}`);
}

/** The largest row and column count the kernels take. */
const MAX_AXIS = 2 ** 31 - 1;

/** A kernel: a Float32Array of exactly fanIn · units elements. */
export function checkKernel(op: string, kernel: unknown, size: MatrixSize): void {
  checkMatrix(op, 'kernel', kernel, size);
}

/** Scores: as a kernel. */
export function checkScores(op: string, scores: unknown, size: MatrixSize): void {
  checkMatrix(op, 'scores', scores, size);
}

function checkMatrix(op: string, name: string, values: unknown, size: MatrixSize): void {
  if (!(values instanceof Float32Array)) {
    throw new TypeError(`${op}: ${name} must be a Float32Array, got ${kindOf(values)}`);
  }
  checkInteger(op, 'fanIn', size.fanIn, 0, MAX_AXIS);
  checkInteger(op, 'units', size.units, 0, MAX_AXIS);
  const length = productOf(op, 'fanIn × units', size.fanIn, size.units);
  if (values.length !== length) {
    throw new RangeError(
      `${op}: ${name} must have length fanIn × units = ${size.fanIn} × ${size.units} = ${length}, got ${values.length}`,
    );
  }
}

const NO_THRESHOLDS = new Int32Array(0);

/** An Int32Array with one element per column; empty if none is given. */
export function checkThresholds(op: string, thresholds: unknown, units: number): Int32Array {
  if (thresholds === undefined) return NO_THRESHOLDS;
  if (!(thresholds instanceof Int32Array)) {
    throw new TypeError(`${op}: thresholds must be an Int32Array, got ${kindOf(thresholds)}`);
  }
  if (thresholds.length !== units) {
    throw new RangeError(`${op}: thresholds must have length units = ${units}, got ${thresholds.length}`);
  }
  return thresholds;
}

type TypedArrayClass<T> = { new (length: number): T; readonly name: string };

/** The array to write to: `out` if given and fitting, otherwise a new one. It may not overlap the kernel in part. */
export function outputArray<T extends Float32Array | Uint8Array>(
  op: string,
  out: unknown,
  type: TypedArrayClass<T>,
  kernel: Float32Array,
): T {
  if (out === undefined) return new type(kernel.length);
  if (!(out instanceof type)) throw new TypeError(`${op}: out must be a ${type.name}, got ${kindOf(out)}`);
  if (out.length !== kernel.length) {
    throw new RangeError(`${op}: out must have the kernel's length ${kernel.length}, got ${out.length}`);
  }
  const overlaps =
    out.buffer === kernel.buffer &&
    out.byteOffset < kernel.byteOffset + kernel.byteLength &&
    kernel.byteOffset < out.byteOffset + out.byteLength;
  const same = out.byteOffset === kernel.byteOffset && out.byteLength === kernel.byteLength;
  if (overlaps && !same) throw new RangeError(`${op}: out must not overlap a part of kernel`);
  return out;
}
