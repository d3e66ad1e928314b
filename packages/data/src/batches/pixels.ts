import { decodeImage } from '../formats/decode.js';
import { isInMemory, type Split } from '../image-split.js';

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
