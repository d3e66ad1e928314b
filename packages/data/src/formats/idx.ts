import { checkInteger } from '@winnow/ops/arguments';
import { checkPath } from '../check-arguments.js';
import { DatasetError } from '../errors.js';
import { allocateSplit, type ImageSplit } from '../image-split.js';
import { readUnpacked } from './read-whole.js';

const UNSIGNED_BYTE = 0x08;
/** The other element types of the format by their codes; they are refused by name. */
const OTHER_TYPES: Readonly<Record<number, string>> = {
  9: 'signed bytes',
  11: '16-bit integers',
  12: '32-bit integers',
  13: '32-bit floats',
  14: '64-bit floats',
};

/** An array as an IDX file holds it. */
export interface IdxArray {
  /** Size of each dimension, slowest first. */
  readonly shape: readonly number[];
  /** uint8, as many as the product of `shape`. */
  readonly data: Uint8Array;
}

/**
 * Reads an IDX file of unsigned bytes, compressed with gzip or not.
 * @param dimensions how many dimensions the file must have, in [1, 255]
 * @throws DatasetError `broken-file` if the file cannot be read, its header is not IDX, it holds another type than
 *   bytes, or its size is not what the header promises. RangeError for bad `dimensions`.
 */
export async function readIdx(path: string, dimensions: number): Promise<IdxArray> {
  checkInteger('readIdx', 'dimensions', dimensions, 1, 255);
  checkPath('readIdx', 'path', path);
  const bytes = await readUnpacked(path);
  const header = 4 + 4 * dimensions;
  if (bytes.length < header) {
    throw new DatasetError('broken-file', `${path}: expected an IDX header of ${header} bytes, found ${bytes.length}`);
  }
  const [zero, type, found] = [bytes.readUInt16BE(0), bytes[2]!, bytes[3]!];
  if (zero !== 0 || type !== UNSIGNED_BYTE || found !== dimensions) {
    const magic = bytes.subarray(0, 4).toString('hex');
    const expected = Buffer.from([0, 0, UNSIGNED_BYTE, dimensions]).toString('hex');
    const other = zero === 0 ? OTHER_TYPES[type] : undefined;
    const what = other === undefined ? '' : `, which are ${other} in ${found} dimensions`;
    throw new DatasetError(
      'broken-file',
      `${path}: expected an IDX file that begins with ${expected}, found ${magic}${what}`,
    );
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
 * @param classes how many there are, in [1, 256]
 * @throws DatasetError `broken-file` if a file is broken or holds no image, the two disagree, or a label is not below
 *   `classes`. RangeError for bad `classes`.
 */
export async function readIdxSplit(imagesPath: string, labelsPath: string, classes: number): Promise<ImageSplit> {
  checkInteger('readIdxSplit', 'classes', classes, 1, 256);
  for (const [name, path] of Object.entries({ imagesPath, labelsPath })) checkPath('readIdxSplit', name, path);
  const [images, labels] = await Promise.all([readIdx(imagesPath, 3), readIdx(labelsPath, 1)]);
  const [count, height, width] = images.shape as [number, number, number];
  if (images.data.length === 0) {
    throw new DatasetError('broken-file', `${imagesPath} holds no image: its shape is ${images.shape.join('×')}`);
  }
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
