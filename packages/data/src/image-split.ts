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
  /** uint8 [count, height, width, channels] over a SharedArrayBuffer, so that a worker thread reads it without a copy. */
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
}

/** Whether the images of a split are in memory. */
export function isInMemory(split: Split): split is ImageSplit {
  return 'images' in split;
}

/** A split of `count` images with all pixels and labels 0, for a reader to fill. */
export function allocateSplit(count: number, height: number, width: number, channels: number): ImageSplit {
  const images = new Uint8Array(new SharedArrayBuffer(count * height * width * channels));
  const labels = new Int32Array(new SharedArrayBuffer(count * Int32Array.BYTES_PER_ELEMENT));
  return { images, labels, count, height, width, channels };
}
