import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { DatasetError } from '../errors.js';
import { allocateSplit, type ImageSplit } from '../image-split.js';

const UNSIGNED_BYTE = 0x08;
const GZIP_MAGIC = 0x1f8b;
const inflate = promisify(gunzip);

/** An array as an IDX file holds it. */
export interface IdxArray {
  /** Size of each dimension, slowest first. */
  readonly shape: readonly number[];
  /** uint8, as many as the product of `shape`. */
  readonly data: Uint8Array;
}

async function readMaybeCompressed(path: string): Promise<Buffer> {
  const bytes = await readFile(path);
  if (bytes.length < 2 || bytes.readUInt16BE(0) !== GZIP_MAGIC) return bytes;
  return inflate(bytes).catch((error: Error) => {
    throw new DatasetError('broken-file', `${path} is a broken gzip file (${error.message}): fetch it again`);
  });
}

/**
 * Reads an IDX file of unsigned bytes, compressed with gzip or not.
 * @param dimensions how many dimensions the file must have
 * @throws DatasetError `broken-file` if the header is not IDX or the size is not what the header promises.
 */
export async function readIdx(path: string, dimensions: number): Promise<IdxArray> {
  const bytes = await readMaybeCompressed(path);
  const header = 4 + 4 * dimensions;
  if (bytes.length < header) {
    throw new DatasetError('broken-file', `${path}: expected an IDX header of ${header} bytes, found ${bytes.length}`);
  }
  const [zero, type, found] = [bytes.readUInt16BE(0), bytes[2]!, bytes[3]!];
  if (zero !== 0 || type !== UNSIGNED_BYTE || found !== dimensions) {
    const magic = bytes.subarray(0, 4).toString('hex');
    const expected = Buffer.from([0, 0, UNSIGNED_BYTE, dimensions]).toString('hex');
    throw new DatasetError('broken-file', `${path}: expected an IDX file that begins with ${expected}, found ${magic}`);
  }
  const shape = Array.from({ length: dimensions }, (_, i) => bytes.readUInt32BE(4 + 4 * i));
  const size = shape.reduce((product, n) => product * n, 1);
  if (bytes.length !== header + size) {
    throw new DatasetError(
      'broken-file',
      `${path}: its header promises ${shape.join('×')} = ${size} bytes, found ${bytes.length - header}`,
    );
  }
  return { shape, data: bytes.subarray(header) };
}

/**
 * Reads a split of grey images from a file of images [count, height, width] and a file of labels [count].
 * @throws DatasetError `broken-file` if a file is broken, the two disagree, or a label is not below `classes`.
 */
export async function readIdxSplit(imagesPath: string, labelsPath: string, classes: number): Promise<ImageSplit> {
  const [images, labels] = await Promise.all([readIdx(imagesPath, 3), readIdx(labelsPath, 1)]);
  const [count, height, width] = images.shape as [number, number, number];
  if (labels.shape[0] !== count) {
    throw new DatasetError(
      'broken-file',
      `${labelsPath} has ${labels.shape[0]} labels for the ${count} images of ${imagesPath}`,
    );
  }
  const bad = labels.data.findIndex((label) => label >= classes);
  if (bad >= 0) {
    throw new DatasetError(
      'broken-file',
      `${labelsPath}: label ${bad} is ${labels.data[bad]}, expected at most ${classes - 1}`,
    );
  }
  const split = allocateSplit(count, height, width, 1);
  split.images.set(images.data);
  split.labels.set(labels.data);
  return split;
}
