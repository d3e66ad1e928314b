import { resolve } from 'node:path';
import { checkInteger, checkKeys } from '@winnow/ops/arguments';
import { checkPath } from '../check-arguments.js';
import type { LeftOut } from '../declaration.js';
import type { StreamedSplit } from '../image-split.js';
import { checkClasses, type Listing, listSplit, onlyOnce } from './class-listing.js';
import { DECODED_CHANNELS, imageSize } from './decode.js';
import { type FoundImage, ImageTree } from './image-tree.js';
import { findSplitFolders, type SplitFolders } from './split-folders.js';

/** The longest side that images can be brought to. */
const LONGEST_SIDE = 65_535;

/** How class folders are read. */
export interface ClassFolderOptions {
  /**
   * Shape to bring every image to, each side in [1, 65535]; default: that of the first image, which every other must
   * have.
   */
  readonly size?: { readonly height: number; readonly width: number };
}

/** Two splits of images on disk. */
export interface ClassFolders {
  readonly classes: readonly string[];
  readonly train: StreamedSplit;
  readonly test: StreamedSplit;
  /** What lies among the images and is no part of the data set: hidden files, other kinds, links that lead back. */
  readonly leftOut: readonly LeftOut[];
}

/** @throws RangeError, TypeError unless `size` has a height and a width in [1, 65535] */
export function checkSize(caller: string, size: unknown): void {
  checkKeys(caller, 'size', size, ['height', 'width']);
  const { height, width } = size as { height?: unknown; width?: unknown };
  checkInteger(caller, 'size.height', height, 1, LONGEST_SIDE);
  checkInteger(caller, 'size.width', width, 1, LONGEST_SIDE);
}

/**
 * Opens images in class folders: DIRECTORY/train/CLASS/…, and DIRECTORY/test/CLASS/… or val/CLASS/…. The classes are
 * the folders of `train` in the order of their names; grey images become RGB. Nothing but the first image's header is
 * read.
 *
 * Hidden files and folders, files of other kinds, and links that lead back into the data set are left out and listed in
 * `leftOut`. Other links are followed.
 * The names of `train`, `test` and `val` may have any case. Other folders beside them are left out and listed.
 *
 * @throws DatasetError `wrong-layout` if there is no such folder, with what is there instead; if a class has no image,
 *   the test images have a class that training has not, or one file is in two classes or in both splits; `broken-file`
 *   for a folder that cannot be read, an image that is a link to nothing, and a first image that cannot be decoded.
 *   RangeError, TypeError for a bad size.
 */
export async function openClassFolders(directory: string, options: ClassFolderOptions = {}): Promise<ClassFolders> {
  checkPath('openClassFolders', 'directory', directory);
  checkKeys('openClassFolders', 'options', options, ['size']);
  if (options.size !== undefined) checkSize('openClassFolders', options.size);
  return openSplitFolders(await findSplitFolders(resolve(directory)), options);
}

/** `openClassFolders` of folders that were found. @throws as that does */
export async function openSplitFolders(
  { train: trainFolder, test: testFolder, others }: SplitFolders,
  options: ClassFolderOptions = {},
): Promise<ClassFolders> {
  const tree = new ImageTree([trainFolder.real, testFolder.real]);
  const train = await listSplit(trainFolder, tree);
  const test = await listSplit(testFolder, tree);
  for (const { path, reason } of others) tree.leaveOut(path, reason);
  checkClasses(train, test, tree);
  const keep = await onlyOnce([train, test], tree);
  const keys = [...train.classes.keys()];
  const shape = options.size && { ...options.size, fit: 'cover' as const };
  const trainSplit = await openSplit(train, keys, keep, shape);
  const { height, width, fit } = trainSplit;
  return {
    classes: keys.map((key) => train.classes.get(key)!.name),
    train: trainSplit,
    test: await openSplit(test, keys, keep, { height, width, fit }),
    leftOut: tree.leftOut,
  };
}

async function openSplit(
  { classes }: Listing,
  keys: readonly string[],
  keep: (image: FoundImage) => boolean,
  shape: Pick<StreamedSplit, 'height' | 'width' | 'fit'> | undefined,
): Promise<StreamedSplit> {
  const files: string[] = [];
  const labels: number[] = [];
  for (const [label, key] of keys.entries()) {
    for (const image of classes.get(key)?.images.filter(keep) ?? []) {
      files.push(image.path);
      labels.push(label);
    }
  }
  return {
    files,
    labels: Int32Array.from(labels),
    count: files.length,
    channels: DECODED_CHANNELS,
    ...(shape ?? { ...(await imageSize(files[0]!)), fit: 'exact' }),
  };
}
