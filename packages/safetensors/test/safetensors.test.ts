import { execFileSync } from 'node:child_process';
import { lstatSync, readdirSync, readFileSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  decodeSafetensors,
  encodeSafetensors,
  type NamedArray,
  readSafetensors,
  writeSafetensors,
} from '@winnow/safetensors';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../test/temporary-folder.js';
import golden from './golden/dtypes.json' with { type: 'json' };

const goldenFile = fileURLToPath(new URL('./golden/dtypes.safetensors', import.meta.url));
const folder = temporaryFolder();

const bitsOf = ({ values }: NamedArray) =>
  values instanceof Float32Array ? [...new Uint32Array(values.slice().buffer)] : [...values];

/** A file's bytes from a header as it stands and a body of so many zeros. */
function file(header: string | object, bodyBytes: number): Uint8Array {
  const json = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  return Buffer.concat([length, json, Buffer.alloc(bodyBytes)]);
}

describe("files written by Python's safetensors", () => {
  it.each([
    ['read from the disk', () => readSafetensors(goldenFile)],
    ['decoded from bytes', () => decodeSafetensors(readFileSync(goldenFile), goldenFile)],
    // At an odd address, as a part of a larger buffer.
    [
      'decoded unaligned',
      () => decodeSafetensors(Buffer.concat([Buffer.alloc(1), readFileSync(goldenFile)]).subarray(1), ''),
    ],
  ])('are %s, every element type', (_, read) => {
    const { arrays, metadata } = read();
    expect(metadata).toEqual({ format: 'pt', note: 'τ' });
    expect([...arrays.keys()].sort()).toEqual(Object.keys(golden).sort());
    for (const [name, expected] of Object.entries(golden)) {
      const array = arrays.get(name)!;
      expect(array.shape, name).toEqual(expected.shape);
      expect(array.values instanceof Float32Array, name).toBe(expected.float);
      expect(bitsOf(array), name).toEqual(expected.values);
    }
  });
});

it('writes what it reads: names, order, shapes, bits and metadata', () => {
  const arrays = new Map<string, NamedArray>([
    ['b', { shape: [2, 2], values: new Float32Array([1, Number.NaN, -0, 1e-45]) }],
    ['a/ü', { shape: [], values: new Int32Array([-7]) }],
    ['none', { shape: [0, 3], values: new Float32Array(0) }],
    ['__proto__', { shape: [1], values: new Float32Array([3]) }],
  ]);
  const path = join(folder, 'written.safetensors');
  writeSafetensors(path, arrays, { step: '3' });
  expect(readFileSync(path)).toEqual(Buffer.from(encodeSafetensors(arrays, { step: '3' })));
  const read = readSafetensors(path);
  expect(read.metadata).toEqual({ step: '3' });
  expect([...read.arrays.keys()]).toEqual([...arrays.keys()]);
  for (const [name, array] of arrays) {
    expect(read.arrays.get(name)!.shape).toEqual(array.shape);
    expect(bitsOf(read.arrays.get(name)!)).toEqual(bitsOf(array));
  }
  // The body is aligned for readers that map the file.
  expect(readFileSync(path).readBigUInt64LE(0) % 8n).toBe(0n);
});

describe('checksums', () => {
  const path = join(folder, 'checksums.safetensors');
  const arrays = new Map<string, NamedArray>([
    ['w', { shape: [1, 2], values: new Float32Array([1, Number.NaN]) }],
    ['__proto__', { shape: [], values: new Int32Array([-7]) }],
  ]);
  const written = (change: (text: string) => string) => {
    writeSafetensors(path, arrays, { b: '3', a: 'ü' }, { checksums: true });
    writeFileSync(path, Buffer.from(change(readFileSync(path).toString('latin1')), 'latin1'));
    return () => readSafetensors(path);
  };

  it('are checked when a file is read, and are not part of its metadata', () => {
    const { arrays: read, metadata } = written((text) => text)();
    expect(metadata).toEqual({ a: 'ü', b: '3' });
    expect(bitsOf(read.get('w')!)).toEqual(bitsOf(arrays.get('w')!));
    // Written again without them: none that are stale.
    writeSafetensors(path, new Map([['w', { shape: [1], values: new Int32Array(1) }]]), metadata);
    expect(readSafetensors(path).metadata).toEqual(metadata);
  });

  it.each<[string, (text: string) => string, string]>([
    ['bytes', (text) => text.replace('\x80\x3f', '\x81\x3f'), "'w' is damaged: the SHA-256 of its bytes"],
    ['the type', (text) => text.replace('"F32"', '"I32"'), "'w' is damaged"],
    ['a shape', (text) => text.replace('[1,2]', '[2,1]'), "'w' is damaged"],
    ['a name', (text) => text.replace('"w":', '"v":'), "'v' is damaged"],
    ['metadata', (text) => text.replace('"b":"3"', '"b":"2"'), 'its metadata are damaged: their SHA-256 is another'],
    [
      'the list itself',
      (text) => text.replace('[[', '[{'),
      "its metadata are damaged: 'winnow.checksums' is no list of checksums",
    ],
  ])('refuse changes of %s', (_, change, message) => {
    expect(written(change)).toThrow(`${path} is not a valid safetensors file: ${message}`);
  });

  it('are an option, and unknown options are refused', () => {
    expect(() => writeSafetensors(path, arrays, {}, { checksum: true } as object)).toThrow(
      new RangeError("writeSafetensors: options has no 'checksum'; the option is checksums"),
    );
  });
});

it('writes what a link leads to, and names a link to nothing', () => {
  const elsewhere = temporaryFolder();
  const [link, broken] = ['link.safetensors', 'broken.safetensors'].map((name) => join(elsewhere, name)) as [
    string,
    string,
  ];
  symlinkSync(join(elsewhere, 'real.safetensors'), link);
  symlinkSync(join(elsewhere, 'nothing'), broken);
  const arrays = new Map([['a', { shape: [2], values: Float32Array.of(1, 2) }]]);
  writeSafetensors(join(elsewhere, 'real.safetensors'), new Map());
  writeSafetensors(link, arrays);
  expect([...readSafetensors(join(elsewhere, 'real.safetensors')).arrays.keys()]).toEqual(['a']);
  expect(lstatSync(link).isSymbolicLink()).toBe(true);
  expect(() => writeSafetensors(broken, arrays)).toThrow(
    `${broken} cannot be written: it is a link to nothing (ENOENT)`,
  );
  symlinkSync('/dev/null', join(elsewhere, 'device'));
  expect(() => writeSafetensors(join(elsewhere, 'device'), arrays)).toThrow('it is not a regular file (EINVAL)');
  rmSync(join(elsewhere, 'device'));
  expect(readdirSync(elsewhere).sort()).toEqual(['broken.safetensors', 'link.safetensors', 'real.safetensors']);
});

it('keeps the old file intact when writing fails, and leaves no temporary one', () => {
  const path = join(folder, 'missing', 'x.safetensors');
  expect(() => writeSafetensors(path, new Map())).toThrow('ENOENT');
  writeSafetensors(join(folder, 'again.safetensors'), new Map());
  writeSafetensors(join(folder, 'again.safetensors'), new Map([['x', { shape: [1], values: new Int32Array(1) }]]));
  expect(readSafetensors(join(folder, 'again.safetensors')).arrays.size).toBe(1);
  expect(readdirSync(folder).filter((name) => name.endsWith('.tmp'))).toEqual([]);
});

it('refuses to write values that do not fit their shape', () => {
  const broken = new Map([['w', { shape: [2, 3], values: new Float32Array(5) }]]);
  expect(() => encodeSafetensors(broken)).toThrow("encodeSafetensors: 'w' of shape [2,3] must have 6 values, got 5");
  const negative = new Map([['w', { shape: [-2, -3], values: new Float32Array(6) }]]);
  expect(() => encodeSafetensors(negative)).toThrow("the shape of 'w' must be integers ≥ 0, got [-2,-3]");
  const reserved = new Map([['__metadata__', { shape: [1], values: new Float32Array(1) }]]);
  expect(() => encodeSafetensors(reserved)).toThrow("no tensor may be named '__metadata__'");
});

it('refuses to read what is no file, without waiting for it', () => {
  const pipe = join(folder, 'pipe.safetensors');
  execFileSync('mkfifo', [pipe]);
  for (const path of [folder, pipe]) {
    expect(() => readSafetensors(path)).toThrow(`${path} is not a valid safetensors file: it is no file`);
  }
});

const one = { dtype: 'F32', shape: [2], data_offsets: [0, 8] };

describe('tensors of a type that is not read', () => {
  // Two bytes of float8, a scale of one byte, and four of float4.
  const others = {
    f8: { dtype: 'F8_E4M3', shape: [2], data_offsets: [8, 10] },
    scale: { dtype: 'F8_E8M0', shape: [1], data_offsets: [10, 11] },
    f4: { dtype: 'F4', shape: [2, 4], data_offsets: [11, 15] },
    proto: { dtype: 'toString', shape: [1], data_offsets: [15, 16] },
  };
  const path = join(folder, 'float8.safetensors');
  const bytes = file({ w: one, ...others }, 16);
  writeFileSync(path, bytes);
  const readers: [string, string, typeof decodeSafetensors][] = [
    ['from the disk', path, (_, __, options) => readSafetensors(path, options)],
    ['from bytes', 'x.safetensors', (_, __, options) => decodeSafetensors(bytes, 'x.safetensors', options)],
  ];

  it.each(readers)('are skipped if nobody wants them, read %s', (_, name, read) => {
    const { arrays, skipped } = read(bytes, name, { wanted: (tensor) => tensor === 'w' });
    expect([...arrays]).toEqual([['w', { shape: [2], values: new Float32Array(2) }]]);
    expect(skipped).toEqual(['f8', 'scale', 'f4', 'proto']);
  });

  it.each(readers)('are refused by name if wanted, read %s', (_, name, read) => {
    const supported = 'F32, F16, BF16, I32, I64, U8, BOOL';
    for (const [tensor, { dtype }] of Object.entries(others)) {
      expect(() => read(bytes, name, { wanted: (other) => other === tensor })).toThrow(
        new RangeError(`${name}: '${tensor}' has dtype ${dtype}, which cannot be read; supported are ${supported}`),
      );
    }
    expect(() => read(bytes, name)).toThrow(`${name}: 'f8' has dtype F8_E4M3`);
  });
});

describe('broken files', () => {
  it.each<[string, Uint8Array, string]>([
    ['fewer than eight bytes', Buffer.alloc(5), 'it has only 5 bytes'],
    ['a header longer than the file', file({}, 0).subarray(0, 9), 'its header should have 2 bytes, but only 1 follow'],
    [
      'a header length beyond any',
      Buffer.alloc(16, 0xff),
      'its header should have 18446744073709552000 bytes, but only 8 follow',
    ],
    ['no JSON', file('{"a": ', 0), 'its header is not JSON'],
    ['broken UTF-8', Buffer.concat([file('', 0).fill(2, 0, 1), Buffer.from([0x22, 0xff])]), 'its header is not JSON'],
    ['a JSON list', file('[]', 0), 'its header is not a JSON object'],
    ['metadata that is no object', file({ __metadata__: 'x' }, 0), 'its __metadata__ is not a JSON object'],
    ['metadata that is no string', file({ __metadata__: { a: 1 } }, 0), "its metadata 'a' is 1, not a string"],
    ['an entry that is no object', file({ w: null }, 0), "the entry of 'w' is not a JSON object"],
    ['no dtype', file({ w: { ...one, dtype: undefined } }, 8), "'w' has no dtype"],
    ['a negative size', file({ w: { ...one, shape: [-2] } }, 8), "'w' has shape [-2], not a list of sizes"],
    ['no shape', file({ w: { ...one, shape: undefined } }, 8), "'w' has shape undefined, not a list of sizes"],
    ['one offset', file({ w: { ...one, data_offsets: [0] } }, 8), "'w' has data_offsets [0], not [begin, end]"],
    ['a fractional offset', file({ w: { ...one, data_offsets: [0, 7.5] } }, 8), "'w' has data_offsets [0,7.5]"],
    [
      'offsets in reverse',
      file({ w: { ...one, data_offsets: [8, 0] } }, 8),
      "'w' ends at byte 0, before it begins at 8",
    ],
    ['a truncated body', file({ w: one }, 7), "'w' ends at byte 8 of 7"],
    [
      'too few bytes for a shape',
      file({ w: { ...one, shape: [3] } }, 8),
      "'w' of shape [3] and dtype F32 has 8 bytes, expected 12",
    ],
    [
      'a size beyond any',
      file({ w: { ...one, shape: [2 ** 40, 2 ** 40] } }, 8),
      "'w' of shape [1099511627776,1099511627776]",
    ],
    [
      'overlapping tensors',
      file({ v: one, w: { ...one, data_offsets: [4, 12] } }, 12),
      "'w' begins at byte 4, inside 'v'",
    ],
    ['a hole', file({ v: one, w: { ...one, data_offsets: [12, 20] } }, 20), 'bytes 8 to 12 belong to no tensor'],
    ['a tail', file({ w: one }, 9), 'bytes 8 to 9 belong to no tensor'],
    [
      'the same name twice',
      file(`{"w": ${JSON.stringify(one)}, "w": ${JSON.stringify({ ...one, data_offsets: [8, 16] })}}`, 16),
      'its header has "w" twice',
    ],
    [
      'the same name twice, spelled differently, for the same bytes',
      file(`{"w": ${JSON.stringify(one)}, "\\u0077" : ${JSON.stringify(one)}}`, 8),
      'its header has "w" twice',
    ],
    [
      'metadata twice',
      file('{"__metadata__": {"a\\"": "1", "b": "a", "a\\"": "2"}}', 0),
      'its header has "a\\"" twice',
    ],
    ['an integer beyond int32', wide(2n ** 31n), "'w' holds 2147483648 at index 0, which does not fit in int32"],
    ['a boolean of 2', filled('BOOL', 2), "'w' holds 2 at index 0, but a boolean must be 0 or 1"],
  ])('are refused by name: %s', (_, bytes, reason) => {
    const message = `x.safetensors is not a valid safetensors file: ${reason}`;
    expect(() => decodeSafetensors(bytes, 'x.safetensors')).toThrow(message);
    const path = join(folder, 'broken.safetensors');
    writeFileSync(path, bytes);
    expect(() => readSafetensors(path)).toThrow(`${path} is not a valid safetensors file: ${reason}`);
  });

  it('are refused wherever they are truncated', () => {
    const whole = readFileSync(goldenFile);
    const path = join(folder, 'cut.safetensors');
    for (let length = 0; length < whole.length; length += 7) {
      writeFileSync(path, whole);
      truncateSync(path, length);
      expect(() => readSafetensors(path)).toThrow('is not a valid safetensors file');
    }
  });

  it('are refused when their header is too long, without reading it', () => {
    const path = join(folder, 'long.safetensors');
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(100_000_001n);
    writeFileSync(path, length);
    truncateSync(path, 100_000_100); // Sparse: takes no room.
    expect(() => readSafetensors(path)).toThrow('its header has 100000001 bytes, more than 100000000');
  });
});

function wide(value: bigint): Uint8Array {
  const bytes = Buffer.from(file({ w: { dtype: 'I64', shape: [1], data_offsets: [0, 8] } }, 8));
  bytes.writeBigInt64LE(value, bytes.length - 8);
  return bytes;
}

function filled(dtype: string, byte: number): Uint8Array {
  const bytes = Buffer.from(file({ w: { dtype, shape: [1], data_offsets: [0, 1] } }, 1));
  bytes[bytes.length - 1] = byte;
  return bytes;
}
