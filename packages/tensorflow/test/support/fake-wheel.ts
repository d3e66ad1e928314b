import { createHash, randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { Release, TensorflowBuild } from '../../src/release.js';

/** A wheel with the three parts that count, some that do not, and what pip wants to see; a few hundred kilobytes. */
export interface FakeWheel {
  readonly bytes: Buffer;
  readonly release: Release;
  readonly releases: Readonly<Record<TensorflowBuild, Release>>;
}

export const fakeHeader = '#define ANSWER 42\n';

export function makeWheel(librarySize = 300_000, changes: Partial<Release> = {}): FakeWheel {
  const info = 'winnow_fake-2.21.0.dist-info';
  const files: Record<string, Buffer> = {
    'tensorflow/__init__.py': Buffer.from('raise ImportError\n'),
    'tensorflow/libtensorflow_cc.so.2': randomBytes(librarySize),
    'tensorflow/libtensorflow_framework.so.2': randomBytes(1000),
    'tensorflow/include/tensorflow/answer.h': Buffer.from(fakeHeader),
    'tensorflow/include/../../escaped.h': Buffer.from('must not be written'),
    [`${info}/METADATA`]: Buffer.from('Metadata-Version: 2.1\nName: winnow-fake\nVersion: 2.21.0\n'),
    [`${info}/WHEEL`]: Buffer.from(
      'Wheel-Version: 1.0\nRoot-Is-Purelib: false\nTag: cp311-cp311-manylinux_2_27_x86_64\n',
    ),
    [`${info}/RECORD`]: Buffer.from(''),
  };
  const bytes = zip(files);
  const release: Release = {
    version: '2.21.0',
    build: 'cpu',
    project: 'winnow-fake',
    filename: 'winnow_fake-2.21.0-cp311-cp311-manylinux_2_27_x86_64.whl',
    sha256: createHash('sha256').update(bytes).digest('hex'),
    size: bytes.length,
    unpackedSize: librarySize + 2000,
    ...changes,
  };
  return { bytes, release, releases: { cpu: release, cuda: release } };
}

// A zip file whose members are stored, not compressed: local headers, a directory, an end record.
function zip(files: Readonly<Record<string, Buffer>>): Buffer {
  const bodies: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const [name, data] of Object.entries(files)) {
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt32LE(crc32(data), 10);
    common.writeUInt32LE(data.length, 14);
    common.writeUInt32LE(data.length, 18);
    common.writeUInt16LE(name.length, 22);
    const place = Buffer.alloc(14);
    place.writeUInt32LE(offset, 10);
    const local = Buffer.concat([Buffer.from('PK\x03\x04'), common, Buffer.from(name), data]);
    directory.push(Buffer.concat([Buffer.from('PK\x01\x02'), Buffer.from([20, 0]), common, place, Buffer.from(name)]));
    bodies.push(local);
    offset += local.length;
  }
  const end = Buffer.alloc(18);
  const size = directory.reduce((sum, { length }) => sum + length, 0);
  end.writeUInt16LE(directory.length, 4);
  end.writeUInt16LE(directory.length, 6);
  end.writeUInt32LE(size, 8);
  end.writeUInt32LE(offset, 12);
  return Buffer.concat([...bodies, ...directory, Buffer.from('PK\x05\x06'), end]);
}
