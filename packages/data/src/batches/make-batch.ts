import { decodeImage } from '../formats/decode.js';
import type { Split } from '../image-split.js';
import { isInMemory } from '../image-split.js';
import { cutOut, placements } from './augment.js';
import type { Batch } from './options.js';
import type { BatchPlan } from './plan.js';
import { standardiser } from './standardise.js';

/** Gives the bytes (uint8 [height, width, channels]) of an image, by its index in the split. */
export type Pixels = (index: number) => Uint8Array;

/** Makes the images of one batch available. */
export type PixelSource = (indices: Uint32Array) => Pixels | Promise<Pixels>;

/** Where a split's pixels come from: memory, without a copy, or files that are decoded side by side. */
export function pixelSource(split: Split): PixelSource {
  if (isInMemory(split)) {
    const bytes = split.height * split.width * split.channels;
    const pixels: Pixels = (index) => split.images.subarray(index * bytes, (index + 1) * bytes);
    return () => pixels;
  }
  return async (indices) => {
    const decoded = new Map<number, Uint8Array>();
    await Promise.all(
      Array.from(indices, async (index) => {
        decoded.set(index, await decodeImage(split.files[index]!, split, split.fit));
      }),
    );
    return (index) => decoded.get(index)!;
  };
}

/** Makes batches of one plan: what every batch shares is prepared once. */
export class BatchMaker {
  readonly plan: BatchPlan;
  readonly #split: Split;
  readonly #place: ReturnType<typeof placements>;
  readonly #standardise: ReturnType<typeof standardiser>;
  readonly #cut: Uint8Array;

  constructor(split: Split, plan: BatchPlan) {
    this.plan = plan;
    this.#split = split;
    this.#place = placements(plan, split);
    this.#standardise = standardiser(plan, split.channels);
    this.#cut = new Uint8Array(plan.height * plan.width * split.channels);
  }

  /** The image indices of batch `index`. */
  indices(index: number): Uint32Array {
    const { order, batchSize } = this.plan;
    return order.subarray(index * batchSize, (index + 1) * batchSize);
  }

  /** Batch `index` with the images that `pixels` gives. */
  make(index: number, pixels: Pixels): Batch {
    const { height, width, augmented } = this.plan;
    const { channels, labels } = this.#split;
    const chosen = this.indices(index);
    const elements = height * width * channels;
    const images = new Float32Array(chosen.length * elements);
    chosen.forEach((image, place) => {
      let bytes = pixels(image);
      if (augmented) {
        cutOut(bytes, this.#split, this.#place(image), this.plan, this.#cut);
        bytes = this.#cut;
      }
      this.#standardise(bytes, images, place * elements);
    });
    return {
      images,
      labels: Int32Array.from(chosen, (image) => labels[image]!),
      size: chosen.length,
      shape: [chosen.length, height, width, channels],
      index,
    };
  }
}
