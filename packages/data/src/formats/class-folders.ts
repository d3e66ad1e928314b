import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DatasetError } from '../errors.js';
import type { StreamedSplit } from '../image-split.js';
import { DECODED_CHANNELS, imageSize } from './decode.js';

const IMAGE_FILE = /\.(jpe?g|png)$/i;
/** What the folder of test images may be called. */
const TEST_FOLDERS = ['test', 'val', 'validation'];

/** How class folders are read. */
export interface ClassFolderOptions {
  /** Shape to bring every image to; default: that of the first image, which every other must have. */
  readonly size?: { readonly height: number; readonly width: number };
}

/** Two splits of images on disk. */
export interface ClassFolders {
  readonly classes: readonly string[];
  readonly train: StreamedSplit;
  readonly test: StreamedSplit;
}

/** Names compare by their code units, so that the order is the same whatever the machine's language. */
const byName = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

async function subfolders(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => (entry.isDirectory() || entry.isSymbolicLink()) && !entry.name.startsWith('.'))
    .map((entry) => entry.name)
    .sort(byName);
}

/** Every image below `split`/CLASS, by class and then by name. */
async function listImages(split: string, classes: readonly string[]) {
  const files: string[] = [];
  const labels: number[] = [];
  for (const [label, name] of classes.entries()) {
    const folder = join(split, name);
    const names = await readdir(folder, { recursive: true }).catch(() => []);
    for (const file of names.filter((path) => IMAGE_FILE.test(path)).sort(byName)) {
      files.push(join(folder, file));
      labels.push(label);
    }
  }
  return { files, labels };
}

async function openSplit(
  folder: string,
  classes: readonly string[],
  shape: Pick<StreamedSplit, 'height' | 'width' | 'fit'> | undefined,
): Promise<StreamedSplit> {
  const { files, labels } = await listImages(folder, classes);
  if (files.length === 0) throw new DatasetError('wrong-layout', `${folder} has no .jpg or .png in its class folders`);
  return {
    files,
    labels: Int32Array.from(labels),
    count: files.length,
    channels: DECODED_CHANNELS,
    ...(shape ?? { ...(await imageSize(files[0]!)), fit: 'exact' }),
  };
}

/**
 * Opens images in class folders: DIRECTORY/train/CLASS/…, and DIRECTORY/test/CLASS/… or val/CLASS/…. The classes are
 * the folders of `train` in the order of their names; grey images become RGB. Nothing but the first image's header is
 * read.
 * @returns undefined if `directory` has no such layout
 * @throws DatasetError `wrong-layout` if a folder is empty or the test images have a class that training has not.
 */
export async function openClassFolders(
  directory: string,
  options: ClassFolderOptions = {},
): Promise<ClassFolders | undefined> {
  const parts = await subfolders(directory);
  const testFolder = TEST_FOLDERS.find((name) => parts.includes(name));
  if (!parts.includes('train') || testFolder === undefined) return undefined;
  const classes = await subfolders(join(directory, 'train'));
  const unknown = (await subfolders(join(directory, testFolder))).filter((name) => !classes.includes(name));
  if (unknown.length > 0) {
    throw new DatasetError(
      'wrong-layout',
      `${join(directory, testFolder)} has classes that train has not: ${unknown.join(', ')}`,
    );
  }
  const shape = options.size && { ...options.size, fit: 'cover' as const };
  const train = await openSplit(join(directory, 'train'), classes, shape);
  const { height, width, fit } = train;
  return { classes, train, test: await openSplit(join(directory, testFolder), classes, { height, width, fit }) };
}
