/**
 * The header of a safetensors file: type, shape and byte range of every tensor. All of it is checked before data is
 * read.
 */

import { ELEMENT_BYTES, isSupported } from './dtypes.js';
import { repeatedKey } from './repeated-key.js';

/** Longest accepted header in bytes, as in the reference implementation. */
const HEADER_LIMIT = 100_000_000;

/** A tensor in the header. */
export interface TensorEntry {
  readonly name: string;
  /** As the file has it: the format knows more types than are read here. */
  readonly dtype: string;
  readonly shape: number[];
  /** Its byte range [begin, end), counted from the end of the header. */
  readonly begin: number;
  readonly end: number;
}

/** A checked header. */
export interface Header {
  /** In header order. */
  readonly entries: readonly TensorEntry[];
  readonly metadata: Record<string, string>;
}

/** Throws an error that names the file. */
export type Refuse = (reason: string) => never;

/** Makes the function that rejects a broken file. */
export function refusal(file: string): Refuse {
  return (reason) => {
    throw new Error(`${file} is not a valid safetensors file: ${reason}`);
  };
}

/** Decodes the header's length from the first eight bytes of a file of `fileBytes` bytes. */
export function readHeaderLength(start: Uint8Array, fileBytes: number, refuse: Refuse): number {
  if (fileBytes < 8) refuse(`it has only ${fileBytes} bytes`);
  const length = Number(new DataView(start.buffer, start.byteOffset, 8).getBigUint64(0, true));
  if (8 + length > fileBytes) refuse(`its header should have ${length} bytes, but only ${fileBytes - 8} follow`);
  if (length > HEADER_LIMIT) refuse(`its header has ${length} bytes, more than ${HEADER_LIMIT}`);
  return length;
}

/** Parses and checks a header that is followed by `bodyBytes` bytes of data. */
export function readHeader(bytes: Uint8Array, bodyBytes: number, refuse: Refuse): Header {
  const { __metadata__, ...tensors } = parseObject(bytes, refuse);
  const entries = Object.entries(tensors).map(([name, entry]) => readEntry(name, entry, bodyBytes, refuse));
  checkCoverage(entries, bodyBytes, refuse);
  return { entries, metadata: readMetadata(__metadata__, refuse) };
}

function parseObject(bytes: Uint8Array, refuse: Refuse): Record<string, unknown> {
  let header: unknown;
  let text = '';
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    header = JSON.parse(text);
  } catch {
    return refuse('its header is not JSON');
  }
  if (!isObject(header)) return refuse('its header is not a JSON object');
  const twice = repeatedKey(text);
  if (twice !== undefined) refuse(`its header has ${JSON.stringify(twice)} twice`);
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
  if (!isObject(entry)) return refuse(`the entry of '${name}' is not a JSON object`);
  const { dtype, shape, data_offsets: offsets } = entry;
  if (typeof dtype !== 'string') return refuse(`'${name}' has no dtype`);
  if (!isSizes(shape)) return refuse(`'${name}' has shape ${JSON.stringify(shape)}, not a list of sizes`);
  if (!isSizes(offsets) || offsets.length !== 2) {
    return refuse(`'${name}' has data_offsets ${JSON.stringify(offsets)}, not [begin, end]`);
  }
  const [begin, end] = offsets as [number, number];
  if (end < begin) refuse(`'${name}' ends at byte ${end}, before it begins at ${begin}`);
  if (end > bodyBytes) refuse(`'${name}' ends at byte ${end} of ${bodyBytes}`);
  if (isSupported(dtype)) {
    const size = shape.reduce((product, axis) => product * axis, ELEMENT_BYTES[dtype]);
    if (end - begin !== size) {
      refuse(`'${name}' of shape [${shape}] and dtype ${dtype} has ${end - begin} bytes, expected ${size}`);
    }
  }
  return { name, dtype, shape, begin, end };
}

/**
 * Checks that tensors neither overlap nor leave gaps, which the format forbids: a gap could hide data or be a lost
 * tensor.
 */
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

/** Whether a value from JSON is a list of integers ≥ 0. */
export function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
}
