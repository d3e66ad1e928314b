import { checkInteger } from '@winnow/ops/arguments';
import { checkFields, checkSplit } from './check-arguments.js';

/** What training and evaluation need to know of images wherever they are. */
interface SplitShape {
  /** Class index of every image, each in [0, number of classes). */
  readonly labels: Int32Array;
  /** Number of images. */
  readonly count: number;
  readonly height: number;
  readonly width: number;
  /** 1 = grey, 3 = red, green, blue. */
  readonly channels: number;
}

/** Images in memory. */
export interface ImageSplit extends SplitShape {
  /**
   * uint8 [count, height, width, channels] over a SharedArrayBuffer, so that a worker thread reads it without a copy.
   */
  readonly images: Uint8Array;
}

/** Images that stay on disk and are decoded when a batch needs them, each resized and cropped to the same shape. */
export interface StreamedSplit extends SplitShape {
  /** Absolute path of every image. */
  readonly files: readonly string[];
  /** Scale the shorter side and cut out the middle, or refuse every image that has another size. */
  readonly fit: 'cover' | 'exact';
}

/** Images in memory or on disk; `batches` takes both. */
export type Split = ImageSplit | StreamedSplit;

/** Per-channel statistics of the training images, on the scale [0, 1]. */
export interface ChannelStatistics {
  /** [channels] */
  readonly mean: readonly number[];
  /** [channels], the population's standard deviation. */
  readonly std: readonly number[];
}

/** A data set that is ready for use. */
export interface ImageDataset<S extends Split = ImageSplit> {
  /** The name it is loaded by, such as `fashion-mnist`. */
  readonly name: string;
  /** What tables and figures call it, such as `Fashion-MNIST`. */
  readonly title: string;
  /** Name of each class, in the order of the labels. */
  readonly classes: readonly string[];
  readonly train: S;
  readonly test: S;
  readonly statistics: ChannelStatistics;
  /**
   * What tells it apart from every other, as `datasetDigest` gives it: 32 hexadecimal digits. Runs keep it, and refuse
   * to be resumed on other data. Whoever changes the images makes it anew.
   */
  readonly digest: string;
}

/** A data set as it is read, to which `loadDataset` adds the digest. */
export type UndigestedDataset<S extends Split = ImageSplit> = Omit<ImageDataset<S>, 'digest'>;

/** Whether the images of a split are in memory. */
export function isInMemory(split: Split): split is ImageSplit {
  checkSplit('isInMemory', 'split', split);
  return 'images' in split;
}

/**
 * A split of `count` images with all pixels and labels 0, for a reader to fill.
 * @throws RangeError, TypeError unless all are integers, `count` ≥ 0 and the others ≥ 1, and the product is below 2^53
 */
export function allocateSplit(count: number, height: number, width: number, channels: number): ImageSplit {
  checkInteger('allocateSplit', 'count', count, 0, 2 ** 32 - 1);
  for (const [name, value] of Object.entries({ height, width, channels })) {
    checkInteger('allocateSplit', name, value, 1, 2 ** 31 - 1);
  }
  const images = new Uint8Array(new SharedArrayBuffer(count * height * width * channels));
  const labels = new Int32Array(new SharedArrayBuffer(count * Int32Array.BYTES_PER_ELEMENT));
  return { images, labels, count, height, width, channels };
}

/**
 * Mean and standard deviation of every channel over all pixels of a split, on the scale [0, 1].
 * Counts every byte value first: the sums are then exact whatever the size, and equal on every machine.
 */
export function channelStatistics(split: ImageSplit): ChannelStatistics {
  checkFields('channelStatistics', 'split', split, ['images', 'channels']);
  const { images, channels } = split;
  const counts = Array.from({ length: channels }, () => new Float64Array(256));
  for (let channel = 0; channel < channels; channel++) {
    const histogram = counts[channel]!;
    for (let i = channel; i < images.length; i += channels) histogram[images[i]!]!++;
  }
  const pixels = Math.max(1, images.length / channels);
  const mean = counts.map((histogram) => histogram.reduce((sum, n, value) => sum + n * value, 0) / pixels);
  const variance = counts.map(
    (histogram, channel) => histogram.reduce((sum, n, value) => sum + n * (value - mean[channel]!) ** 2, 0) / pixels,
  );
  return { mean: mean.map((value) => value / 255), std: variance.map((value) => Math.sqrt(value) / 255) };
}
