import type { DatasetDeclaration } from '../declaration.js';
import { readIdxSplit } from '../formats/idx.js';
import { channelStatistics } from '../image-split.js';

const CLASSES = [
  'T-shirt/top',
  'Trouser',
  'Pullover',
  'Dress',
  'Coat',
  'Sandal',
  'Shirt',
  'Sneaker',
  'Bag',
  'Ankle boot',
] as const;

/**
 * Fashion-MNIST (Xiao, Rasul, Vollgraf 2017; MIT licence): 60,000 + 10,000 grey images of clothes, 28×28, 10 classes.
 */
export const fashionMnist: DatasetDeclaration = {
  name: 'fashion-mnist',
  title: 'Fashion-MNIST',
  summary: '60,000 + 10,000 grey images of clothes, 28×28, 10 classes (31 MB)',
  files: [
    {
      name: 'train-images-idx3-ubyte.gz',
      size: 26421856,
      sha256: 'b0564c3eedabfbf835052cff8503ea422014ce006caf5b757f851416ee8300c7',
    },
    {
      name: 'train-labels-idx1-ubyte.gz',
      size: 29491,
      sha256: '0ae29f65d86684f32d1b9c85147786c547b9c6aebcaf235f0400a0cce308b056',
    },
    {
      name: 't10k-images-idx3-ubyte.gz',
      size: 4422079,
      sha256: 'cc1d090a38ace84dfa1aa66e3ada7c336ef481a96936906477e6dd344da56eaa',
    },
    {
      name: 't10k-labels-idx1-ubyte.gz',
      size: 5125,
      sha256: '8d3605d196f4be44669e46906da9733c8131fef761fdbfec72c424d5222f1a05',
    },
  ],
  sources: [
    { kind: 'web', base: 'http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/' },
    { kind: 'debian', package: 'dataset-fashion-mnist', directory: '/usr/share/datasets/fashion-mnist' },
  ],
  async read(files) {
    const split = (part: string) =>
      readIdxSplit(
        files.get(`${part}-images-idx3-ubyte.gz`)!,
        files.get(`${part}-labels-idx1-ubyte.gz`)!,
        CLASSES.length,
      );
    const [train, test] = await Promise.all([split('train'), split('t10k')]);
    const { name, title } = fashionMnist;
    return { name, title, classes: CLASSES, train, test, statistics: channelStatistics(train) };
  },
};
