import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../test/temporary-folder.js';
import {
  allocateSplit,
  cifar10,
  DatasetError,
  datasets,
  readCifarArchive,
  readCifarDirectory,
  readIdx,
  readIdxSplit,
} from '../src/index.js';
import { formulaBytes, idx } from './tiny-set.js';
import { cifarRecord, tar, writeAll } from './writers.js';

const folder = temporaryFolder();
let n = 0;

/** Writes bytes to a new file. */
async function file(bytes: Uint8Array): Promise<string> {
  const path = join(folder, `file-${n++}`);
  await writeFile(path, bytes);
  return path;
}

describe('IDX files', () => {
  const images = idx([3, 4, 2], formulaBytes(24));

  it('are read, compressed or not', async () => {
    for (const bytes of [images, gzipSync(images)]) {
      const { shape, data } = await readIdx(await file(bytes), 3);
      expect(shape).toEqual([3, 4, 2]);
      expect([...data]).toEqual([...formulaBytes(24)]);
    }
  });

  it('make a split in shared memory', async () => {
    const split = await readIdxSplit(await file(images), await file(idx([3], Uint8Array.of(2, 0, 1))), 3);
    expect(split).toMatchObject({ count: 3, height: 4, width: 2, channels: 1 });
    expect([...split.images]).toEqual([...formulaBytes(24)]);
    expect([...split.labels]).toEqual([2, 0, 1]);
    expect(split.images.buffer).toBeInstanceOf(SharedArrayBuffer);
  });

  it.each([
    ['is truncated', images.subarray(0, 30), /its header promises 3×4×2 = 24 bytes, found 14$/],
    ['is too long', Buffer.concat([images, images]), /its header promises 3×4×2 = 24 bytes, found 64$/],
    ['has no whole header', images.subarray(0, 9), /expected an IDX header of 16 bytes, found 9$/],
    [
      'is something else',
      Buffer.from('<!DOCTYPE html><title>404</title>'),
      /expected an IDX file that begins with 00000803, found 3c21444f$/,
    ],
    ['is empty', Buffer.alloc(0), /expected an IDX header of 16 bytes, found 0$/],
    ['is an empty gzip file', gzipSync(Buffer.alloc(0)), /expected an IDX header of 16 bytes, found 0$/],
    ['is longer by a byte', Buffer.concat([images, Buffer.of(0)]), /its header promises 3×4×2 = 24 bytes, found 25$/],
    ['has a negative size', idx([-3 >>> 0, 4, 2], formulaBytes(24)), /promises 4294967293×4×2 = \d+ bytes, found 24$/],
    [
      'has sizes whose product overflows',
      idx([2 ** 31, 2 ** 31, 4], formulaBytes(0)),
      /promises 2147483648×2147483648×4 = 18446744073709552000 bytes, found 0$/,
    ],
    [
      'holds floats',
      Buffer.concat([Buffer.of(0, 0, 0x0d), images.subarray(3)]),
      /begins with 00000803, found 00000d03, which are 32-bit floats in 3 dimensions$/,
    ],
    [
      'goes on behind its gzip stream',
      Buffer.concat([gzipSync(images), Buffer.from('rest')]),
      / is a broken gzip file \(incorrect header check\): fetch it again$/,
    ],
    ['has other dimensions', idx([24], formulaBytes(24)), /begins with 00000803, found 00000801$/],
    [
      'is a truncated gzip file',
      gzipSync(images).subarray(0, 25),
      /is a broken gzip file \(unexpected end of file\): fetch it again$/,
    ],
  ])('are refused by name when one %s', async (_what, bytes, message) => {
    const path = await file(bytes);
    const error = await readIdx(path, 3).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(DatasetError);
    expect(error).toMatchObject({ code: 'broken-file', message: expect.stringMatching(message) });
    expect((error as Error).message.startsWith(path)).toBe(true);
  });

  it('are read from several gzip streams behind each other', async () => {
    const parts = [images.subarray(0, 20), images.subarray(20)].map((part) => gzipSync(part));
    expect((await readIdx(await file(Buffer.concat(parts)), 3)).shape).toEqual([3, 4, 2]);
  });

  it('are refused by name where they are not there or a folder', async () => {
    const missing = join(folder, 'missing');
    await expect(readIdx(missing, 3)).rejects.toThrow(
      new DatasetError('broken-file', `${missing} cannot be read (ENOENT)`),
    );
    await expect(readIdx(folder, 3)).rejects.toThrow(
      new DatasetError('broken-file', `${folder} cannot be read (EISDIR)`),
    );
  });

  it.each([[[0, 4, 2]], [[3, 0, 2]], [[3, 4, 0]], [[0, 2 ** 31, 2 ** 31]]])(
    'of shape %j make no split',
    async (shape) => {
      const path = await file(idx(shape, new Uint8Array()));
      const labels = await file(idx([shape[0]!], new Uint8Array(shape[0]!)));
      await expect(readIdxSplit(path, labels, 3)).rejects.toThrow(
        new DatasetError('broken-file', `${path} holds no image: its shape is ${shape.join('×')}`),
      );
    },
  );

  it('are not read with bad arguments', async () => {
    const path = await file(images);
    await expect(readIdx(path, 0)).rejects.toThrow('readIdx: dimensions must be an integer in [1, 255], got 0');
    await expect(readIdxSplit(path, path, 0)).rejects.toThrow(
      'readIdxSplit: classes must be an integer in [1, 256], got 0',
    );
    await expect(readCifarDirectory(folder, 1.5)).rejects.toThrow('readCifarDirectory: records must be an integer in');
    await expect(readCifarArchive(path, -1)).rejects.toThrow('readCifarArchive: records must be an integer in');
    expect(() => allocateSplit(-1, 2, 2, 1)).toThrow(
      'allocateSplit: count must be an integer in [0, 4294967295], got -1',
    );
    expect(() => allocateSplit(1, 2.5, 2, 1)).toThrow('allocateSplit: height must be an integer in');
  });

  it('are refused when images and labels disagree', async () => {
    const path = await file(images);
    await expect(readIdxSplit(path, await file(idx([2], Uint8Array.of(0, 1))), 3)).rejects.toThrow(
      /has 2 labels for the 3 images of/,
    );
    await expect(readIdxSplit(path, await file(idx([3], Uint8Array.of(0, 1, 3))), 3)).rejects.toThrow(
      /label 2 is 3, expected at most 2/,
    );
  });
});

describe('CIFAR’s binary layout', () => {
  const RECORDS = 3;
  const pixel = (image: number) => (y: number, x: number, c: number) => (image * 50 + y * 7 + x * 3 + c * 101) % 256;
  const names = [
    'data_batch_1.bin',
    'data_batch_2.bin',
    'data_batch_3.bin',
    'data_batch_4.bin',
    'data_batch_5.bin',
    'test_batch.bin',
  ];
  const files = new Map(
    names.map((name, f) => [
      name,
      Buffer.concat(
        Array.from({ length: RECORDS }, (_, r) => cifarRecord((f * RECORDS + r) % 10, pixel(f * RECORDS + r))),
      ),
    ]),
  );

  /** What the files hold, by the formula. */
  function expectImages(images: Uint8Array, first: number): void {
    for (const at of [0, 1, 3 * 32 + 5, 3071, 3072, images.length - 1]) {
      const [image, inImage] = [Math.floor(at / 3072), at % 3072];
      const [y, x, c] = [Math.floor(inImage / 96), Math.floor((inImage % 96) / 3), inImage % 3];
      expect(images[at]).toBe(pixel(first + image)(y, x, c));
    }
  }

  it('becomes rows of pixels, from a folder, the folder above it, and the archive', async () => {
    const directory = temporaryFolder();
    await writeAll(join(directory, 'cifar-10-batches-bin'), files);
    const entries = new Map([...files].reverse().map(([name, bytes]) => [`cifar-10-batches-bin/${name}`, bytes]));
    const archive = await file(
      gzipSync(tar(new Map([['cifar-10-batches-bin/readme.html', Buffer.from('hello')], ...entries]))),
    );
    const read = [
      await readCifarDirectory(directory, RECORDS),
      await readCifarDirectory(join(directory, 'cifar-10-batches-bin'), RECORDS),
      await readCifarArchive(archive, RECORDS),
    ];
    for (const splits of read) {
      expect(splits!.train).toMatchObject({ count: 15, height: 32, width: 32, channels: 3 });
      expect([...splits!.train.labels]).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1, 2, 3, 4]);
      expect([...splits!.test.labels]).toEqual([5, 6, 7]);
      expectImages(splits!.train.images, 0);
      expectImages(splits!.test.images, 15);
    }
  });

  it('is not found in other directories', async () => {
    expect(await readCifarDirectory(temporaryFolder())).toBeUndefined();
  });

  it('is refused by name where a file is broken', async () => {
    const directory = temporaryFolder();
    const path = join(directory, 'data_batch_3.bin');
    await writeAll(directory, files);
    await writeFile(path, files.get('data_batch_3.bin')!.subarray(0, 5000));
    await expect(readCifarDirectory(directory, RECORDS)).rejects.toThrow(
      `${path}: expected 9219 bytes (3 records of 3073), found 5000`,
    );
    await writeFile(path, Buffer.concat([cifarRecord(1, () => 0), cifarRecord(77, () => 0), cifarRecord(2, () => 0)]));
    await expect(readCifarDirectory(directory, RECORDS)).rejects.toThrow(
      `${path}: the label of record 1 is 77, expected at most 9`,
    );
  });

  it('is refused where a file is missing', async () => {
    const directory = temporaryFolder();
    await writeAll(directory, new Map([...files].filter(([name]) => name !== 'test_batch.bin')));
    await expect(readCifarDirectory(directory, RECORDS)).rejects.toThrow(
      `${join(directory, 'test_batch.bin')} cannot be read (ENOENT)`,
    );
    await writeAll(directory, files);
    await rm(join(directory, 'data_batch_1.bin'));
    await expect(readCifarDirectory(directory, RECORDS)).rejects.toThrow(
      `${join(directory, 'data_batch_1.bin')} cannot be read (ENOENT)`,
    );
    const archive = await file(gzipSync(tar(new Map([...files].slice(0, 4)))));
    await expect(readCifarArchive(archive, RECORDS)).rejects.toThrow(
      `${archive} has no data_batch_5.bin, test_batch.bin`,
    );
  });

  it('is refused where the archive is truncated', async () => {
    const whole = tar(files);
    const cut = await file(gzipSync(whole.subarray(0, 9219 + 512 + 3000)));
    await expect(readCifarArchive(cut, RECORDS)).rejects.toThrow(
      /ends inside data_batch_2\.bin: expected 9219 bytes, found/,
    );
    // A compressed file may end anywhere, also between two of the archive's files or inside a header.
    const compressed = gzipSync(whole, { level: 0 });
    for (const size of [15, 400, 2000, 9219 + 512 + 600, compressed.length - 5]) {
      const path = await file(compressed.subarray(0, size));
      await expect(readCifarArchive(path, RECORDS)).rejects.toMatchObject({
        name: 'DatasetError',
        code: 'broken-file',
        message: expect.stringMatching(
          /^\S+ (ends inside data_batch_\d\.bin: expected 9219 bytes, found \d+|is broken \(.+\): fetch it again)$/,
        ),
      });
    }
    const flipped = Buffer.from(compressed);
    flipped.fill(255, 3000, 3010);
    await expect(readCifarArchive(await file(flipped), RECORDS)).rejects.toMatchObject({ code: 'broken-file' });
    const other = await file(gzipSync(Buffer.from('no archive '.repeat(100))));
    await expect(readCifarArchive(other, RECORDS)).rejects.toThrow(/is not a tar archive/);
    await expect(readCifarArchive(join(folder, 'nowhere'), RECORDS)).rejects.toThrow(
      /nowhere cannot be read \(ENOENT\)/,
    );
    const short = new Map([...files, ['data_batch_4.bin', files.get('data_batch_4.bin')!.subarray(1)]]);
    await expect(readCifarArchive(await file(gzipSync(tar(short))), RECORDS)).rejects.toThrow(
      /data_batch_4\.bin: expected 9219 bytes \(3 records of 3073\), found 9218$/,
    );
  });

  it('is refused where the archive has a file twice, before it is read', async () => {
    const twice = new Map([...files, ['other/data_batch_2.bin', files.get('data_batch_2.bin')!]]);
    const archive = await file(gzipSync(tar(twice)));
    await expect(readCifarArchive(archive, RECORDS)).rejects.toThrow(
      new DatasetError('broken-file', `${archive}, other/data_batch_2.bin: there are two files of this name`),
    );
  });

  it('of the whole set is 10,000 images a file', async () => {
    const directory = temporaryFolder();
    await mkdir(directory, { recursive: true });
    await writeAll(directory, files);
    await expect(cifar10.readDirectory!(directory, {})).rejects.toThrow(
      /expected 30730000 bytes \(10000 records of 3073\), found 9219/,
    );
  });
});

describe('the registry', () => {
  it('declares every set in a way that can be fetched or given', () => {
    for (const [name, declaration] of datasets) {
      expect(declaration.name).toBe(name);
      expect(declaration.summary).not.toBe('');
      for (const file of declaration.files) {
        expect(file.sha256).toMatch(/^[0-9a-f]{64}$/);
        expect(file.size).toBeGreaterThan(0);
      }
      expect(Boolean(declaration.read)).toBe(declaration.files.length > 0);
      expect(Boolean(declaration.read || declaration.generate || declaration.readDirectory)).toBe(true);
      expect(Boolean(declaration.layout)).toBe(Boolean(declaration.readDirectory));
    }
  });

  it('makes splits whose labels a worker thread can read as well', () => {
    expect(allocateSplit(2, 3, 3, 1).labels.buffer).toBeInstanceOf(SharedArrayBuffer);
  });
});
