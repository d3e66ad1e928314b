import { basename } from 'node:path';
import type { DatasetDeclaration, ReadOptions } from '../declaration.js';
import { type ClassFolders, openClassFolders } from '../formats/class-folders.js';
import { copiesIn } from '../formats/copies.js';
import { checkSplits, decodeSplits, sampleOf } from '../formats/decode-split.js';
import { findSplitFolders } from '../formats/split-folders.js';
import type { Split, UndigestedDataset } from '../image-split.js';
import { channelStatistics } from '../image-split.js';

/** So many training images give a channel's mean to about one part in a hundred. */
const STATISTICS_SAMPLE = 1000;

/**
 * Makes a data set of opened class folders: decoded into memory, or left on disk with `stream`, its statistics then
 * taken from 1,000 training images. What lies among the images and is no part of the set is told to `onProgress`, as
 * are images that lie in both splits, or in two classes, as copies.
 * @throws DatasetError `too-large`, `broken-file`.
 */
export async function fromClassFolders(
  identity: { readonly name: string; readonly title: string },
  folders: ClassFolders,
  { stream, onProgress }: ReadOptions,
): Promise<UndigestedDataset<Split>> {
  const { classes, train, test, leftOut } = folders;
  if (leftOut.length > 0) onProgress?.({ kind: 'left-out', entries: leftOut });
  await checkSplits([train, test], onProgress, stream);
  const copies = onProgress ? await copiesIn([train, test]) : [];
  if (copies.length > 0) onProgress?.({ kind: 'copies', entries: copies });
  if (stream) {
    const [sample] = await decodeSplits([sampleOf(train, STATISTICS_SAMPLE)] as const, onProgress);
    return { ...identity, classes, train, test, statistics: channelStatistics(sample) };
  }
  const [trainImages, testImages] = await decodeSplits([train, test] as const, onProgress);
  return { ...identity, classes, train: trainImages, test: testImages, statistics: channelStatistics(trainImages) };
}

/** Any images in class folders of a given directory. */
export const imageFolders: DatasetDeclaration = {
  name: 'image-folders',
  title: 'Image folders',
  summary: 'any JPEG or PNG images in train/CLASS/ and test/CLASS/ (or val/CLASS/) of a given directory',
  files: [],
  resizes: true,
  sources: [],
  layout: 'train/CLASS/*.jpg|png and test/CLASS/*.jpg|png (or val/CLASS/…)',
  async hasLayout(directory) {
    return (await findSplitFolders(directory)) !== undefined;
  },
  async readDirectory(directory, options) {
    const { size } = options;
    const folders = await openClassFolders(directory, size && { size });
    return fromClassFolders({ name: imageFolders.name, title: basename(directory) }, folders, options);
  },
};
