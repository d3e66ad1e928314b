import { CounterRandom, integerBelow, STREAM } from '../random.js';
import type { BatchPlan } from './plan.js';

/** Where an image is cut out of its padded self, and whether it is mirrored. */
export interface Placement {
  /** Row and column of the crop's corner in the padded image. */
  readonly top: number;
  readonly left: number;
  readonly mirrored: boolean;
}

interface Size {
  readonly height: number;
  readonly width: number;
}

/** Draws the placement of image `index`: it depends on (seed, epoch, index) alone, not on the batch it is in. */
export function placements(plan: BatchPlan, source: Size): (index: number) => Placement {
  const { pad, height, width } = plan;
  const rows = source.height + 2 * pad - height + 1;
  const columns = source.width + 2 * pad - width + 1;
  if (!plan.augmented) return () => ({ top: 0, left: 0, mirrored: false });
  const random = new CounterRandom(plan.seed);
  const words = new Uint32Array(4);
  return (index) => {
    random.draw(plan.epoch, index, 0, STREAM.augment, words);
    return {
      top: integerBelow(words[0]!, rows),
      left: integerBelow(words[1]!, columns),
      mirrored: plan.flip && words[2]! >= 0x8000_0000,
    };
  };
}

/** Copies the crop of `image` (uint8 [height, width, channels]) at `place` into `out`; padding is 0. */
export function cutOut(
  image: Uint8Array,
  source: Size & { readonly channels: number },
  place: Placement,
  plan: Pick<BatchPlan, 'pad' | 'height' | 'width'>,
  out: Uint8Array,
): void {
  const { channels } = source;
  const rowBytes = plan.width * channels;
  const firstColumn = place.left - plan.pad;
  const from = Math.max(0, firstColumn);
  const to = Math.min(source.width, firstColumn + plan.width);
  out.fill(0);
  for (let y = 0; y < plan.height; y++) {
    const row = y + place.top - plan.pad;
    if (row < 0 || row >= source.height || to <= from) continue;
    const start = (row * source.width + from) * channels;
    const target = y * rowBytes + (from - firstColumn) * channels;
    const bytes = (to - from) * channels;
    for (let i = 0; i < bytes; i++) out[target + i] = image[start + i]!;
  }
  if (place.mirrored) mirror(out, plan.height, plan.width, channels);
}

function mirror(image: Uint8Array, height: number, width: number, channels: number): void {
  for (let y = 0; y < height; y++) {
    for (let left = 0, right = width - 1; left < right; left++, right--) {
      const a = (y * width + left) * channels;
      const b = (y * width + right) * channels;
      for (let channel = 0; channel < channels; channel++) {
        const value = image[a + channel]!;
        image[a + channel] = image[b + channel]!;
        image[b + channel] = value;
      }
    }
  }
}
