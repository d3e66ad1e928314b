import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { channelStatistics, type DatasetDeclaration, type DatasetFile, readIdxSplit } from '../src/index.js';

/** The bytes of an IDX file of unsigned bytes. */
export function idx(shape: readonly number[], data: Uint8Array): Buffer {
  const header = Buffer.alloc(4 + 4 * shape.length);
  header[2] = 0x08;
  header[3] = shape.length;
  for (const [i, n] of shape.entries()) header.writeUInt32BE(n, 4 + 4 * i);
  return Buffer.concat([header, data]);
}

/** Bytes that tell every pixel of every image apart as far as bytes can; the formula of golden/make_golden.py. */
export function formulaBytes(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => ((i * i * 31 + i * 17 + 5) % 257) % 256);
}

function declared(name: string, bytes: Uint8Array): DatasetFile {
  return { name, size: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
}

/** A little data set of grey images in IDX files, and the files themselves. */
export function tinyIdxSet(sources: DatasetDeclaration['sources']) {
  const part = (count: number) => [
    gzipSync(idx([count, 4, 3], formulaBytes(count * 12))),
    gzipSync(
      idx(
        [count],
        Uint8Array.from({ length: count }, (_, i) => i % 5),
      ),
    ),
  ];
  const [trainImages, trainLabels, testImages, testLabels] = [...part(40), ...part(10)] as [
    Buffer,
    Buffer,
    Buffer,
    Buffer,
  ];
  const files = new Map([
    ['train-images.gz', trainImages],
    ['train-labels.gz', trainLabels],
    ['test-images.gz', testImages],
    ['test-labels.gz', testLabels],
  ]);
  const declaration: DatasetDeclaration = {
    name: 'tiny',
    title: 'Tiny',
    summary: '40 + 10 images for tests',
    files: [...files].map(([name, bytes]) => declared(name, bytes)),
    sources,
    async read(paths) {
      const split = (name: string) => readIdxSplit(paths.get(`${name}-images.gz`)!, paths.get(`${name}-labels.gz`)!, 5);
      const train = await split('train');
      const classes = ['a', 'b', 'c', 'd', 'e'];
      return {
        name: 'tiny',
        title: 'Tiny',
        classes,
        train,
        test: await split('test'),
        statistics: channelStatistics(train),
      };
    },
  };
  return { declaration, files };
}
