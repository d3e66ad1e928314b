import { checkKeys } from '@winnow/ops/arguments';
import { checkFields, checkSplit } from './check-arguments.js';
import { derivedDigest, imageDatasetDigest } from './digest.js';
import { type ImageDataset, type ImageSplit, isInMemory, type Split, type StreamedSplit } from './image-split.js';

/**
 * Some images of a split, evenly spaced, so that every class keeps its share also where images are sorted by class.
 *
 * @throws RangeError unless `count` is an integer in [1, images of the split]
 */
export function subsetSplit<S extends Split>(split: S, count: number): S {
  checkSplit('subsetSplit', 'split', split);
  if (!Number.isInteger(count) || count < 1 || count > split.count) {
    throw new RangeError(`subsetSplit: count must be an integer in [1, ${split.count}], got ${count}`);
  }
  const chosen = Array.from({ length: count }, (_, i) => Math.floor((i * split.count) / count));
  const labels = new Int32Array(new SharedArrayBuffer(count * Int32Array.BYTES_PER_ELEMENT));
  chosen.forEach((index, i) => {
    labels[i] = split.labels[index] as number;
  });
  if (!isInMemory(split)) {
    const { files } = split as StreamedSplit;
    return { ...split, labels, count, files: chosen.map((index) => files[index] as string) };
  }
  const size = split.height * split.width * split.channels;
  const images = new Uint8Array(new SharedArrayBuffer(count * size));
  const source = (split as ImageSplit).images;
  chosen.forEach((index, i) => {
    images.set(source.subarray(index * size, (index + 1) * size), i * size);
  });
  return { ...split, images, labels, count };
}

/** A data set of fewer images, whose title says so. Statistics stay those of all training images. */
export function subsetDataset<S extends Split>(
  dataset: ImageDataset<S>,
  size: { train: number; test: number },
): ImageDataset<S> {
  checkFields('subsetDataset', 'dataset', dataset, ['classes', 'train', 'test']);
  checkKeys('subsetDataset', 'size', size, ['train', 'test']);
  const { train, test } = size;
  const all = dataset.train.count.toLocaleString('en-US');
  const subset = {
    ...dataset,
    title: `${dataset.title}, ${train.toLocaleString('en-US')} of ${all} training images`,
    train: subsetSplit(dataset.train, train),
    test: subsetSplit(dataset.test, test),
  };
  const isWhole = (given: ImageDataset<Split>): given is ImageDataset =>
    isInMemory(given.train) && isInMemory(given.test);
  const digest = isWhole(subset)
    ? imageDatasetDigest(subset)
    : derivedDigest(dataset.digest, 'evenly spaced', [train, test]);
  return { ...subset, digest };
}
