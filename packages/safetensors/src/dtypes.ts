/** The supported element types and how each is decoded: all floats to float32, all integers and booleans to int32. */

import type { NamedArray } from './named-array.js';

/**
 * Decodes one tensor's bytes: little-endian, any alignment. `refuse` throws an error that names the file and tensor.
 */
type Reader = (bytes: Uint8Array, refuse: (reason: string) => never) => NamedArray['values'];

/** Bytes per element of every supported type. */
export const ELEMENT_BYTES = { F32: 4, F16: 2, BF16: 2, I32: 4, I64: 8, U8: 1, BOOL: 1 } as const;

/** A supported element type. */
export type Dtype = keyof typeof ELEMENT_BYTES;

/** Whether tensors of this type can be read. */
export function isSupported(dtype: string): dtype is Dtype {
  return Object.hasOwn(ELEMENT_BYTES, dtype);
}

// These copy: a typed array needs an aligned buffer, and offsets in the file may not be aligned.
const buffer = (bytes: Uint8Array): ArrayBuffer => new Uint8Array(bytes).buffer;

/** The decoder of each type. */
export const READERS: Readonly<Record<Dtype, Reader>> = {
  F32: (bytes) => new Float32Array(buffer(bytes)),
  I32: (bytes) => new Int32Array(buffer(bytes)),
  F16: (bytes) => Float32Array.from(new Uint16Array(buffer(bytes)), fromHalf),
  BF16(bytes) {
    // bfloat16 is the upper half of a float32.
    const upper = Uint32Array.from(new Uint16Array(buffer(bytes)), (bits) => bits << 16);
    return new Float32Array(upper.buffer);
  },
  I64(bytes, refuse) {
    const wide = new BigInt64Array(buffer(bytes));
    return Int32Array.from(wide, (value, index) => {
      const narrow = BigInt.asIntN(32, value);
      return narrow === value ? Number(value) : refuse(`holds ${value} at index ${index}, which does not fit in int32`);
    });
  },
  U8: (bytes) => Int32Array.from(bytes),
  BOOL(bytes, refuse) {
    const broken = bytes.findIndex((byte) => byte > 1);
    if (broken >= 0) refuse(`holds ${bytes[broken]} at index ${broken}, but a boolean must be 0 or 1`);
    return Int32Array.from(bytes);
  },
};

/** Decodes a half-precision number: 1 sign bit, 5 exponent bits, 10 fraction bits. */
function fromHalf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
