/** The header of a safetensors file: which tensor has which type, shape and bytes. Everything is checked before a byte is read. */

import { type Dtype, ELEMENT_BYTES } from './dtypes.js';

/** The longest header that is read, as in the format's reference implementation. */
export const HEADER_LIMIT = 100_000_000;

/** One tensor of a file. */
export interface TensorEntry {
  readonly name: string;
  readonly dtype: Dtype;
  readonly shape: number[];
  /** Its bytes, from the end of the header. */
  readonly begin: number;
  readonly end: number;
}

/** What a header says. */
export interface Header {
  /** In the order in which the header names them. */
  readonly entries: readonly TensorEntry[];
  readonly metadata: Record<string, string>;
}

/** Throws the error that names the file. */
export type Refuse = (reason: string) => never;

/** The error that every broken file is refused with. */
export function refusal(file: string): Refuse {
  return (reason) => {
    throw new Error(`${file} is not a whole safetensors file: ${reason}`);
  };
}

/** The header's length from the first eight bytes of a file of `fileBytes` bytes. */
export function readHeaderLength(start: Uint8Array, fileBytes: number, refuse: Refuse): number {
  if (fileBytes < 8) refuse(`it has ${fileBytes} bytes`);
  const length = Number(new DataView(start.buffer, start.byteOffset, 8).getBigUint64(0, true));
  if (8 + length > fileBytes) refuse(`its header says ${length} bytes, ${fileBytes - 8} are there`);
  if (length > HEADER_LIMIT) refuse(`its header says ${length} bytes, more than ${HEADER_LIMIT}`);
  return length;
}

/** Reads a header's bytes; `bodyBytes` is the number of bytes behind it. */
export function readHeader(bytes: Uint8Array, bodyBytes: number, refuse: Refuse): Header {
  const { __metadata__, ...tensors } = parseObject(bytes, refuse);
  const entries = Object.entries(tensors).map(([name, entry]) => readEntry(name, entry, bodyBytes, refuse));
  checkCoverage(entries, bodyBytes, refuse);
  return { entries, metadata: readMetadata(__metadata__, refuse) };
}

function parseObject(bytes: Uint8Array, refuse: Refuse): Record<string, unknown> {
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return refuse('its header is not JSON');
  }
  if (!isObject(header)) return refuse('its header is not a JSON object');
  return header;
}

function readMetadata(metadata: unknown, refuse: Refuse): Record<string, string> {
  if (metadata === undefined) return {};
  if (!isObject(metadata)) return refuse('its __metadata__ is not a JSON object');
  for (const [key, value] of Object.entries(metadata)) {
    if (typeof value !== 'string') refuse(`its metadata '${key}' is ${JSON.stringify(value)}, not a string`);
  }
  return metadata as Record<string, string>;
}

function readEntry(name: string, entry: unknown, bodyBytes: number, refuse: Refuse): TensorEntry {
  if (!isObject(entry)) return refuse(`'${name}' is not described by a JSON object`);
  const { dtype, shape, data_offsets: offsets } = entry;
  if (typeof dtype !== 'string') return refuse(`'${name}' has no dtype`);
  if (!Object.hasOwn(ELEMENT_BYTES, dtype)) {
    return refuse(`'${name}' has dtype ${dtype}; only ${Object.keys(ELEMENT_BYTES).join(', ')} are read`);
  }
  if (!isSizes(shape)) return refuse(`'${name}' has shape ${JSON.stringify(shape)}, not a list of sizes`);
  if (!isSizes(offsets) || offsets.length !== 2) {
    return refuse(`'${name}' has data_offsets ${JSON.stringify(offsets)}, not a first and a last byte`);
  }
  const [begin, end] = offsets as [number, number];
  const size = shape.reduce((product, axis) => product * axis, ELEMENT_BYTES[dtype as Dtype]);
  if (end < begin) refuse(`'${name}' ends at byte ${end}, before it begins at ${begin}`);
  if (end > bodyBytes) refuse(`'${name}' ends at byte ${end} of ${bodyBytes}`);
  if (end - begin !== size) {
    refuse(`'${name}' of shape [${shape}] and dtype ${dtype} has ${end - begin} bytes, expected ${size}`);
  }
  return { name, dtype: dtype as Dtype, shape, begin, end };
}

/** The format allows neither overlaps nor holes: bytes that no tensor owns could hide something, or be a lost tensor. */
function checkCoverage(entries: readonly TensorEntry[], bodyBytes: number, refuse: Refuse): void {
  let covered = 0;
  let previous = '';
  for (const { name, begin, end } of [...entries].sort((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (begin < covered) refuse(`'${name}' begins at byte ${begin}, inside '${previous}'`);
    if (begin > covered) refuse(`bytes ${covered} to ${begin} belong to no tensor`);
    covered = end;
    previous = name;
  }
  if (covered < bodyBytes) refuse(`bytes ${covered} to ${bodyBytes} belong to no tensor`);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
}
