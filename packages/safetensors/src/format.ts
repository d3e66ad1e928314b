/** The safetensors format: the header's length (uint64, little-endian), a JSON header, the tensors' bytes. */

import { type Dtype, ELEMENT_BYTES, isSupported, READERS } from './dtypes.js';
import { isSizes, readHeader, readHeaderLength, refusal, type TensorEntry } from './header.js';
import type { NamedArray } from './named-array.js';

/** Contents of a file. */
export interface Safetensors {
  readonly arrays: Map<string, NamedArray>;
  readonly metadata: Record<string, string>;
  /** Names of the tensors that were left out because nobody wanted them. */
  readonly skipped: readonly string[];
}

/** What is read of a file. */
export interface ReadOptions {
  /** Whether a tensor is read; the default reads all. One that is left out may be of a type that cannot be read. */
  readonly wanted?: (name: string) => boolean;
}

/**
 * Encodes arrays and string metadata as consecutive pieces of a file. Tensors keep the order of their names.
 *
 * @throws RangeError if a shape is not of integers ≥ 0, an array's values do not fit it, or a tensor is named
 *   `__metadata__`
 */
export function safetensorsPieces(
  arrays: ReadonlyMap<string, NamedArray>,
  metadata: Record<string, string> = {},
): Uint8Array[] {
  const header: [string, unknown][] = [['__metadata__', metadata]];
  let offset = 0;
  for (const [name, { shape, values }] of arrays) {
    if (name === '__metadata__') throw new RangeError("encodeSafetensors: no tensor may be named '__metadata__'");
    if (!isSizes(shape)) {
      throw new RangeError(`encodeSafetensors: the shape of '${name}' must be integers ≥ 0, got [${shape}]`);
    }
    const size = shape.reduce((product, axis) => product * axis, 1);
    if (size !== values.length) {
      throw new RangeError(
        `encodeSafetensors: '${name}' of shape [${shape}] must have ${size} values, got ${values.length}`,
      );
    }
    header.push([name, { dtype: dtypeOf(values), shape, data_offsets: [offset, offset + values.byteLength] }]);
    offset += values.byteLength;
  }
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(header)));
  // The format requires data to start at a multiple of 8, and allows spaces as padding.
  const start = new Uint8Array(8 + Math.ceil(json.length / 8) * 8).fill(0x20);
  new DataView(start.buffer).setBigUint64(0, BigInt(start.length - 8), true);
  start.set(json, 8);
  return [start, ...[...arrays.values()].map(({ values }) => bytesOf(values))];
}

/** The type of values in a file. */
export function dtypeOf(values: NamedArray['values']): 'F32' | 'I32' {
  return values instanceof Float32Array ? 'F32' : 'I32';
}

/** The bytes of values, not copied. */
export function bytesOf({ buffer, byteOffset, byteLength }: NamedArray['values']): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/**
 * Encodes arrays and string metadata as the bytes of a file.
 *
 * @throws RangeError if a shape is not of integers ≥ 0, an array's values do not fit it, or a tensor is named
 *   `__metadata__`
 */
export function encodeSafetensors(
  arrays: ReadonlyMap<string, NamedArray>,
  metadata: Record<string, string> = {},
): Uint8Array {
  const pieces = safetensorsPieces(arrays, metadata);
  const bytes = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let offset = 0;
  for (const piece of pieces) {
    bytes.set(piece, offset);
    offset += piece.length;
  }
  return bytes;
}

/**
 * Decodes the bytes of a file. F16 and BF16 become float32. I64, U8 and BOOL become int32.
 *
 * @param file the name to show in error messages
 * @throws Error naming the file and the problem: truncated, not safetensors, an I64 value outside int32; RangeError
 *   naming a wanted tensor of another type, such as F8_E4M3
 */
export function decodeSafetensors(bytes: Uint8Array, file: string, options: ReadOptions = {}): Safetensors {
  const refuse = refusal(file);
  const bodyStart = 8 + readHeaderLength(bytes, bytes.length, refuse);
  const { entries, metadata } = readHeader(bytes.subarray(8, bodyStart), bytes.length - bodyStart, refuse);
  const read = ({ begin, end }: TensorEntry) => bytes.subarray(bodyStart + begin, bodyStart + end);
  return { ...decodeArrays(entries, read, file, options), metadata };
}

/** Decodes the wanted tensors of a file. Whether all of them can be is checked before any is read. */
export function decodeArrays(
  entries: readonly TensorEntry[],
  read: (entry: TensorEntry) => Uint8Array,
  file: string,
  options: ReadOptions,
): Omit<Safetensors, 'metadata'> {
  const unknown = Object.keys(options).find((key) => key !== 'wanted');
  if (unknown !== undefined) throw new RangeError(`${file}: options has no '${unknown}'; the option is wanted`);
  const { wanted = () => true } = options;
  const taken = entries.filter(({ name }) => wanted(name));
  for (const { name, dtype } of taken) {
    if (isSupported(dtype)) continue;
    const supported = Object.keys(ELEMENT_BYTES).join(', ');
    throw new RangeError(`${file}: '${name}' has dtype ${dtype}, which cannot be read; supported are ${supported}`);
  }
  const arrays = new Map(taken.map((entry) => [entry.name, decodeArray(entry, read(entry), file)]));
  return { arrays, skipped: entries.flatMap(({ name }) => (arrays.has(name) ? [] : [name])) };
}

function decodeArray({ name, dtype, shape }: TensorEntry, bytes: Uint8Array, file: string): NamedArray {
  const refuse = refusal(file);
  return { shape, values: READERS[dtype as Dtype](bytes, (reason) => refuse(`'${name}' ${reason}`)) };
}
