/** The safetensors format: a little-endian header length, a JSON header, and the tensors' bytes. Only what is used here. */

const DTYPES = { F32: Float32Array, I32: Int32Array } as const;

/** A named array with its shape. */
export interface NamedArray {
  shape: number[];
  values: Float32Array | Int32Array;
}

interface Entry {
  dtype: string;
  shape: number[];
  data_offsets: [number, number];
}

/** A file's bytes from arrays and string metadata. Names keep their order. */
export function encodeSafetensors(arrays: ReadonlyMap<string, NamedArray>, metadata: Record<string, string>): Buffer {
  const header: Record<string, unknown> = { __metadata__: metadata };
  let offset = 0;
  for (const [name, { shape, values }] of arrays) {
    const dtype = values instanceof Float32Array ? 'F32' : 'I32';
    header[name] = { dtype, shape, data_offsets: [offset, offset + values.byteLength] };
    offset += values.byteLength;
  }
  const json = Buffer.from(JSON.stringify(header));
  // The format asks for data that begins at a multiple of 8; spaces are allowed padding.
  const padding = Buffer.alloc((8 - (json.length % 8)) % 8, ' ');
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length + padding.length));
  const bodies = [...arrays.values()].map(({ values }) =>
    Buffer.from(values.buffer, values.byteOffset, values.byteLength),
  );
  return Buffer.concat([length, json, padding, ...bodies]);
}

/**
 * Arrays and metadata from a file's bytes.
 *
 * @param file only for the message
 * @throws Error naming the file and what is wrong with it, if it is truncated or not safetensors
 */
export function decodeSafetensors(
  bytes: Buffer,
  file: string,
): { arrays: Map<string, NamedArray>; metadata: Record<string, string> } {
  const refuse = (reason: string): never => {
    throw new Error(`${file} is not a whole safetensors file: ${reason}`);
  };
  if (bytes.length < 8) refuse(`it has ${bytes.length} bytes`);
  const length = Number(bytes.readBigUInt64LE(0));
  if (8 + length > bytes.length) refuse(`its header says ${length} bytes, ${bytes.length - 8} are there`);
  let header: Record<string, Entry>;
  try {
    header = JSON.parse(bytes.toString('utf8', 8, 8 + length));
  } catch {
    return refuse('its header is not JSON');
  }
  const { __metadata__, ...entries } = header;
  const body = bytes.subarray(8 + length);
  const arrays = new Map<string, NamedArray>();
  for (const [name, { dtype, shape, data_offsets }] of Object.entries(entries)) {
    const type =
      DTYPES[dtype as keyof typeof DTYPES] ?? refuse(`'${name}' has dtype ${dtype}; only F32 and I32 are read`);
    const [begin, end] = data_offsets;
    const size = shape.reduce((product, axis) => product * axis, 4);
    if (end > body.length) refuse(`'${name}' ends at byte ${end} of ${body.length}`);
    if (end - begin !== size) refuse(`'${name}' of shape [${shape}] has ${end - begin} bytes, expected ${size}`);
    // A copy: its own buffer is aligned, the file's need not be.
    arrays.set(name, { shape, values: new type(new Uint8Array(body.subarray(begin, end)).buffer) });
  }
  return { arrays, metadata: (__metadata__ as unknown as Record<string, string>) ?? {} };
}
