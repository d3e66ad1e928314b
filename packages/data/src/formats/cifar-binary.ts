import { stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { checkInteger } from '@winnow/ops/arguments';
import { checkPath } from '../check-arguments.js';
import { DatasetError } from '../errors.js';
import { allocateSplit, type ImageSplit } from '../image-split.js';
import { readWhole } from './read-whole.js';
import { readTarGz } from './tar.js';

/** The classes of CIFAR-10, in the order of its labels. */
export const CIFAR10_CLASSES = [
  'airplane',
  'automobile',
  'bird',
  'cat',
  'deer',
  'dog',
  'frog',
  'horse',
  'ship',
  'truck',
] as const;

const SIZE = 32;
const CHANNELS = 3;
const PLANE = SIZE * SIZE;
const IMAGE = PLANE * CHANNELS;
/** A label, then a plane of red, one of green, one of blue. */
const RECORD = 1 + IMAGE;
const FOLDER = 'cifar-10-batches-bin';
const TRAIN_FILES = [1, 2, 3, 4, 5].map((n) => `data_batch_${n}.bin`);
const TEST_FILE = 'test_batch.bin';

/** Training and test images. */
export interface CifarSplits {
  readonly train: ImageSplit;
  readonly test: ImageSplit;
}

/** @throws DatasetError `broken-file` unless a file of `size` bytes holds so many records */
function checkBytes(size: number, records: number, source: string): void {
  if (size === records * RECORD) return;
  throw new DatasetError(
    'broken-file',
    `${source}: expected ${records * RECORD} bytes (${records} records of ${RECORD}), found ${size}`,
  );
}

/** Copies the records of one file into a split, from planes to pixels. */
function fill(split: ImageSplit, first: number, bytes: Uint8Array, records: number, source: string): void {
  checkBytes(bytes.length, records, source);
  const { images, labels } = split;
  for (let record = 0; record < records; record++) {
    const start = record * RECORD;
    const label = bytes[start]!;
    if (label >= CIFAR10_CLASSES.length) {
      throw new DatasetError('broken-file', `${source}: the label of record ${record} is ${label}, expected at most 9`);
    }
    labels[first + record] = label;
    const target = (first + record) * IMAGE;
    for (let pixel = 0; pixel < PLANE; pixel++) {
      const from = start + 1 + pixel;
      const to = target + pixel * CHANNELS;
      images[to] = bytes[from]!;
      images[to + 1] = bytes[from + PLANE]!;
      images[to + 2] = bytes[from + 2 * PLANE]!;
    }
  }
}

/** Puts files together, in whatever order they come. */
class Collector {
  readonly splits: CifarSplits;
  readonly #missing = new Set([...TRAIN_FILES, TEST_FILE]);
  readonly #records: number;

  constructor(records: number) {
    this.#records = records;
    this.splits = {
      train: allocateSplit(records * TRAIN_FILES.length, SIZE, SIZE, CHANNELS),
      test: allocateSplit(records, SIZE, SIZE, CHANNELS),
    };
  }

  /**
   * Whether a file is one of the six.
   * @throws DatasetError `broken-file` if it has another size, or was there before
   */
  wants(name: string, size: number, source: string): boolean {
    if (name !== TEST_FILE && !TRAIN_FILES.includes(name)) return false;
    if (!this.#missing.has(name)) throw new DatasetError('broken-file', `${source}: there are two files of this name`);
    checkBytes(size, this.#records, source);
    return true;
  }

  add(name: string, bytes: Uint8Array, source: string): void {
    this.#missing.delete(name);
    const isTest = name === TEST_FILE;
    const first = isTest ? 0 : TRAIN_FILES.indexOf(name) * this.#records;
    fill(isTest ? this.splits.test : this.splits.train, first, bytes, this.#records, source);
  }

  finish(source: string): CifarSplits {
    if (this.#missing.size > 0) {
      throw new DatasetError('broken-file', `${source} has no ${[...this.#missing].join(', ')}`);
    }
    return this.splits;
  }
}

/**
 * Reads CIFAR-10 in its official binary layout, from the archive it is published as.
 * @param records number of images in each of the six files, in [1, 100000]
 * @throws DatasetError `broken-file` that names the file, with expected and found sizes.
 */
export async function readCifarArchive(path: string, records = 10_000): Promise<CifarSplits> {
  checkPath('readCifarArchive', 'path', path);
  checkRecords('readCifarArchive', records);
  const collector = new Collector(records);
  await readTarGz(
    path,
    (name, size) => collector.wants(basename(name), size, `${path}, ${name}`),
    ({ name, data }) => collector.add(basename(name), data, `${path}, ${name}`),
  );
  return collector.finish(path);
}

/**
 * Reads CIFAR-10 in its official binary layout from a directory: the six files themselves, or a folder
 * `cifar-10-batches-bin` of them.
 * @returns undefined if the directory has not that layout
 * @throws DatasetError `broken-file` that names the file, with expected and found sizes.
 */
export async function readCifarDirectory(directory: string, records = 10_000): Promise<CifarSplits | undefined> {
  checkPath('readCifarDirectory', 'directory', directory);
  checkRecords('readCifarDirectory', records);
  for (const folder of [directory, join(directory, FOLDER)]) {
    if (!(await hasAny(folder))) continue;
    const collector = new Collector(records);
    for (const name of [...TRAIN_FILES, TEST_FILE]) {
      const path = join(folder, name);
      const bytes = await readWhole(path);
      collector.add(name, bytes, path);
    }
    return collector.finish(folder);
  }
  return undefined;
}

/** Whether a directory has one of the six files, or a folder `cifar-10-batches-bin` that has one. */
export async function hasCifarFiles(directory: string): Promise<boolean> {
  return (await hasAny(directory)) || hasAny(join(directory, FOLDER));
}

/** Whether a folder has one of the six files, so that the others are missed by name. */
async function hasAny(folder: string): Promise<boolean> {
  const found = await Promise.all(
    [...TRAIN_FILES, TEST_FILE].map((name) =>
      stat(join(folder, name)).then(
        () => true,
        ({ code }: NodeJS.ErrnoException) => code !== 'ENOENT' && code !== 'ENOTDIR',
      ),
    ),
  );
  return found.includes(true);
}

/** Six files of more would not fit into a typed array. */
function checkRecords(caller: string, records: number): void {
  checkInteger(caller, 'records', records, 1, 100_000);
}
