/** The element types that are read, and what becomes of them: every float becomes float32, every integer int32. */

import type { NamedArray } from './named-array.js';

/** Reads one tensor's bytes, little-endian, beginning at any address. `refuse` throws with the file and tensor named. */
type Reader = (bytes: Uint8Array, refuse: (reason: string) => never) => NamedArray['values'];

/** Bytes of one element, for every type that is read. */
export const ELEMENT_BYTES = { F32: 4, F16: 2, BF16: 2, I32: 4, I64: 8, U8: 1, BOOL: 1 } as const;

/** A type that is read. */
export type Dtype = keyof typeof ELEMENT_BYTES;

// A copy each: its own buffer is aligned, the file's need not be.
const buffer = (bytes: Uint8Array): ArrayBuffer => new Uint8Array(bytes).buffer;

/** How each type is read. */
export const READERS: Readonly<Record<Dtype, Reader>> = {
  F32: (bytes) => new Float32Array(buffer(bytes)),
  I32: (bytes) => new Int32Array(buffer(bytes)),
  F16: (bytes) => Float32Array.from(new Uint16Array(buffer(bytes)), fromHalf),
  BF16(bytes) {
    // The upper half of a float32.
    const upper = Uint32Array.from(new Uint16Array(buffer(bytes)), (bits) => bits << 16);
    return new Float32Array(upper.buffer);
  },
  I64(bytes, refuse) {
    const wide = new BigInt64Array(buffer(bytes));
    return Int32Array.from(wide, (value, index) => {
      const narrow = BigInt.asIntN(32, value);
      return narrow === value ? Number(value) : refuse(`holds ${value} at index ${index}, which int32 does not`);
    });
  },
  U8: (bytes) => Int32Array.from(bytes),
  BOOL(bytes, refuse) {
    const broken = bytes.findIndex((byte) => byte > 1);
    if (broken >= 0) refuse(`holds ${bytes[broken]} at index ${broken}, a boolean is 0 or 1`);
    return Int32Array.from(bytes);
  },
};

/** A half-precision number: 1 bit sign, 5 bits exponent, 10 bits fraction. */
function fromHalf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
