import { nativeBinding } from './load.js';
import { checkInteger } from './value-checks.js';

const ALIGNMENT = 64;

/**
 * A Float32Array of zeros that begins at a multiple of 64 bytes, a cache line. Plain arrays of some size do not: they
 * begin 16 bytes after one, and every vector a kernel writes to them touches two lines. For inputs and `out` of large
 * calls.
 * @throws {TypeError | RangeError} if `length` is not an integer in [0, 2^34], or more than memory holds.
 */
export function alignedFloats(length: number): Float32Array<ArrayBuffer> {
  checkInteger('alignedFloats', 'length', length, 0, 2 ** 34);
  const buffer = new ArrayBuffer(length * Float32Array.BYTES_PER_ELEMENT + ALIGNMENT);
  const beyond = nativeBinding().misalignment(buffer);
  return new Float32Array(buffer, (ALIGNMENT - beyond) % ALIGNMENT, length);
}
