import type { ChannelStatistics } from '../image-split.js';

/**
 * How bytes become floats:
 * - `per-image`: (x − mean) / max(std, 1/√n) over the n values of the image as it is after the crop, on the scale 0 …
 *   255;
 * - `dataset`: (x/255 − mean) / std of every channel, from `statistics`;
 * - `none`: x/255, so the values are in [0, 1].
 */
export type Standardisation = 'per-image' | 'dataset' | 'none';

/** What is done to images on their way into a batch. */
export interface AugmentOptions {
  /** Zero pixels added on every side before the crop; default 0. */
  readonly pad?: number;
  /** Size cut out at a random place of the padded image: one number for a square; default the image's own size. */
  readonly crop?: number | { readonly height: number; readonly width: number };
  /** Mirror left to right with probability ½; default false. */
  readonly flip?: boolean;
  /** Not random, so evaluation uses it alone; default `none`. */
  readonly standardise?: Standardisation;
  /** Needed for `standardise: 'dataset'`: the `statistics` of the data set. */
  readonly statistics?: ChannelStatistics;
}

/** What decides the contents of batches. */
export interface BatchOptions {
  /** Images in a batch, at least 1; the last one may be smaller. */
  readonly batchSize: number;
  /** Key of all randomness, an integer in [0, 2^53); default 0. */
  readonly seed?: number;
  /** Which pass over the data this is, an integer in [0, 2^32): another epoch, another order; default 0. */
  readonly epoch?: number;
  /** Index of the first batch, for resuming an interrupted run; default 0. */
  readonly start?: number;
  /** Whether to go through the images in a random order; default false. */
  readonly shuffle?: boolean;
  /** Default: every image as it is, scaled to [0, 1]. */
  readonly augment?: AugmentOptions;
  /** Leave out a last batch that is smaller than the others; default false. */
  readonly dropRemainder?: boolean;
  /** At most this many batches; default all. */
  readonly limit?: number;
}

/** Some images and their labels. */
export interface Batch {
  /** float32 [size, height, width, channels]; the reader may keep and change it. */
  readonly images: Float32Array;
  /** int32 [size] */
  readonly labels: Int32Array;
  /** Number of images. */
  readonly size: number;
  /** Shape of `images`. */
  readonly shape: readonly [size: number, height: number, width: number, channels: number];
  /** Which batch of its epoch this is, from 0. */
  readonly index: number;
}
