import type { DatasetDeclaration } from '../declaration.js';
import { DatasetError } from '../errors.js';
import { CIFAR10_CLASSES, hasCifarFiles, readCifarDirectory } from '../formats/cifar-binary.js';
import { openSplitFolders } from '../formats/class-folders.js';
import { findSplitFolders } from '../formats/split-folders.js';
import { channelStatistics } from '../image-split.js';
import { fromClassFolders } from './image-folders.js';

const BINARY = 'the six .bin files of cifar-10-batches-bin made from such';
const SIZE = { height: 32, width: 32 };

/**
 * CIFAR-10 after a lossy compression as JPEG. It goes by a name of its own, since accuracies on it do not compare with
 * those on the original: networks score several points less.
 */
export const cifar10Jpeg: DatasetDeclaration = {
  name: 'cifar10-jpeg',
  title: 'CIFAR-10 (JPEG)',
  summary: 'CIFAR-10 from lossy JPEG files, given as class folders or in the binary layout',
  files: [],
  sources: [],
  layout: `train/CLASS/*.jpg and test/CLASS/*.jpg, or ${BINARY}`,
  async hasLayout(directory) {
    return (await hasCifarFiles(directory)) || (await findSplitFolders(directory, BINARY)) !== undefined;
  },
  async readDirectory(directory, options) {
    const identity = { name: cifar10Jpeg.name, title: cifar10Jpeg.title };
    const splits = await readCifarDirectory(directory);
    if (splits)
      return { ...identity, classes: CIFAR10_CLASSES, ...splits, statistics: channelStatistics(splits.train) };
    const folders = await openSplitFolders(await findSplitFolders(directory, BINARY));
    const { height, width } = folders.train;
    if (folders.classes.join() !== CIFAR10_CLASSES.join() || height !== SIZE.height || width !== SIZE.width) {
      throw new DatasetError(
        'wrong-layout',
        `${directory} has ${height}×${width} images of ${folders.classes.join(', ')}; ` +
          `expected 32×32 images of ${CIFAR10_CLASSES.join(', ')}`,
      );
    }
    return fromClassFolders(identity, folders, options);
  },
};
