/** What tells data sets apart: digests of what was loaded, whatever it is called and wherever it lies. */

import { createHash, type Hash } from 'node:crypto';
import { dirname, relative, sep } from 'node:path';
import { checkFields, checkSplit } from './check-arguments.js';
import { markImageFile } from './formats/image-file.js';
import { sideBySide } from './formats/side-by-side.js';
import type { TextPairDataset, TextPairSplit } from './formats/text-lines.js';
import { type ImageDataset, type ImageSplit, isInMemory, type Split, type StreamedSplit } from './image-split.js';

/** A hash takes less than 2 GiB at once. */
const AT_ONCE = 2 ** 28;
/** Files that are read at the same time. */
const SIDE_BY_SIDE = 16;

/** The digests of splits on disk, which nothing but these objects stands for: their files are read once. */
const streamed = new WeakMap<StreamedSplit, Promise<string>>();

/**
 * A digest of a split: 32 hexadecimal digits, equal for equal data. In memory it is over all pixels, labels and the
 * shape (SHA-256, half a second for CIFAR-10), and computed anew in every call. On disk it is over shape, labels and,
 * of every file, the path within the folder that all have in common, the size and the last 4 KiB; an image that is
 * changed before them and keeps its size is not noticed. The same images have two digests, one in memory, one on disk.
 *
 * @throws DatasetError `broken-file` for a file that cannot be read, is empty, or is neither JPEG nor PNG
 */
export function splitDigest(split: Split): Promise<string> {
  checkSplit('splitDigest', 'split', split);
  return isInMemory(split) ? Promise.resolve(imagesDigest(split)) : streamedDigest(split);
}

/** `splitDigest` of images on disk. @param onFile called after every file that is read for it */
export function streamedDigest(split: StreamedSplit, onFile: () => void = () => {}): Promise<string> {
  let digest = streamed.get(split);
  if (digest === undefined) {
    digest = filesDigest(split, onFile);
    streamed.set(split, digest);
    // A file that is mended is read again.
    digest.catch(() => streamed.delete(split));
  }
  return digest;
}

/** `splitDigest` of images in memory, at once. */
function imagesDigest({ images, labels, count, height, width, channels }: ImageSplit): string {
  const hash = begin('images', [count, height, width, channels]);
  update(hash, labels);
  update(hash, images);
  return ended(hash);
}

/** The `digest` of a data set of images: of both its splits and the names of its classes. @throws as `splitDigest` */
export async function datasetDigest(dataset: Pick<ImageDataset<Split>, 'classes' | 'train' | 'test'>): Promise<string> {
  checkFields('datasetDigest', 'dataset', dataset, ['classes', 'train', 'test']);
  return ofSplits(dataset.classes, await splitDigest(dataset.train), await splitDigest(dataset.test));
}

/** `datasetDigest` of images in memory, at once. */
export function imageDatasetDigest({ classes, train, test }: Omit<ImageDataset, 'digest'>): string {
  return ofSplits(classes, imagesDigest(train), imagesDigest(test));
}

/** The digest of what is made from a data set on disk by a rule that these numbers decide: no file is read for it. */
export function derivedDigest(digest: string, rule: string, numbers: readonly number[]): string {
  return ended(begin('derived', [digest, rule, ...numbers]));
}

/** The `digest` of a data set of translations: of all its lines in their order, and the languages. */
export function textPairsDigest(dataset: Omit<TextPairDataset, 'digest'>): string {
  const fields = ['sourceLanguage', 'targetLanguage', 'train', 'validation', 'test'];
  checkFields('textPairsDigest', 'dataset', dataset, fields);
  const hash = begin('text pairs', [dataset.sourceLanguage, dataset.targetLanguage]);
  for (const part of ['train', 'validation', 'test'] as const) {
    const { source, target, count }: TextPairSplit = dataset[part];
    hash.update(JSON.stringify([part, count]));
    // As JSON, so that no line can look like two.
    hash.update(JSON.stringify(source)).update(JSON.stringify(target));
  }
  return ended(hash);
}

function ofSplits(classes: readonly string[], train: string, test: string): string {
  return ended(begin('data set', [classes.map((name) => name.normalize('NFC')), train, test]));
}

async function filesDigest(split: StreamedSplit, onFile: () => void): Promise<string> {
  const { files, labels, count, height, width, channels, fit } = split;
  const marks = new Array<string>(files.length);
  await sideBySide(files.length, SIDE_BY_SIDE, async (index) => {
    marks[index] = await markImageFile(files[index]!);
    onFile();
  });
  const hash = begin('files', [count, height, width, channels, fit]);
  update(hash, labels);
  const folder = commonFolder(files);
  for (const [i, file] of files.entries()) {
    // Composed and with one kind of slash, as on every other file system.
    const path = relative(folder, file).split(sep).join('/').normalize('NFC');
    hash.update(JSON.stringify([path, marks[i]]));
  }
  return ended(hash);
}

/** The deepest folder that all files are in. */
function commonFolder(files: readonly string[]): string {
  let folder = dirname(files[0] ?? sep);
  for (const file of files) {
    while (dirname(folder) !== folder && !file.startsWith(folder + sep)) folder = dirname(folder);
  }
  return folder;
}

function begin(kind: string, shape: readonly unknown[]): Hash {
  return createHash('sha256').update(`${JSON.stringify([kind, ...shape])}\n`);
}

function update(hash: Hash, { buffer, byteOffset, byteLength }: Uint8Array | Int32Array): void {
  for (let start = 0; start < byteLength; start += AT_ONCE) {
    hash.update(new Uint8Array(buffer, byteOffset + start, Math.min(AT_ONCE, byteLength - start)));
  }
}

function ended(hash: Hash): string {
  return hash.digest('hex').slice(0, 32);
}
