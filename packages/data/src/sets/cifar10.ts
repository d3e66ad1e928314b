import type { DatasetDeclaration } from '../declaration.js';
import {
  CIFAR10_CLASSES,
  type CifarSplits,
  hasCifarFiles,
  readCifarArchive,
  readCifarDirectory,
} from '../formats/cifar-binary.js';
import type { UndigestedDataset } from '../image-split.js';
import { channelStatistics } from '../image-split.js';

const ARCHIVE = 'cifar-10-binary.tar.gz';

function dataset({ train, test }: CifarSplits): UndigestedDataset {
  const { name, title } = cifar10;
  return { name, title, classes: CIFAR10_CLASSES, train, test, statistics: channelStatistics(train) };
}

/** CIFAR-10 (Krizhevsky 2009): 50,000 + 10,000 colour photographs, 32×32, 10 classes, in the official binary layout. */
export const cifar10: DatasetDeclaration = {
  name: 'cifar10',
  title: 'CIFAR-10',
  summary: '50,000 + 10,000 colour photographs, 32×32, 10 classes (170 MB)',
  files: [
    {
      name: ARCHIVE,
      // The author publishes an MD5 alone (c32a1d4ab5d03f1284b67883e8d13530); size and SHA-256 are TensorFlow Datasets'
      // record.
      size: 170052171,
      sha256: 'c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd',
    },
  ],
  sources: [{ kind: 'web', base: 'https://www.cs.toronto.edu/~kriz/' }],
  layout: 'the six .bin files of cifar-10-batches-bin',
  async read(files) {
    return dataset(await readCifarArchive(files.get(ARCHIVE)!));
  },
  hasLayout: hasCifarFiles,
  async readDirectory(directory) {
    const splits = await readCifarDirectory(directory);
    return splits && dataset(splits);
  },
};
