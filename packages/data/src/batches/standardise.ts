import type { BatchPlan } from './plan.js';

/** Turns the bytes of one image (NHWC) into floats, written into `out` from `offset`. */
export type Standardiser = (pixels: Uint8Array, out: Float32Array, offset: number) => void;

/** `lookup[channel · 256 + byte]`: a byte has 256 values, so a division per value is all it takes. */
function throughLookup(lookup: Float32Array, channels: number): Standardiser {
  return (pixels, out, offset) => {
    if (channels === 1) {
      for (let i = 0; i < pixels.length; i++) out[offset + i] = lookup[pixels[i]!]!;
      return;
    }
    for (let i = 0; i < pixels.length; i += channels) {
      for (let channel = 0; channel < channels; channel++) {
        out[offset + i + channel] = lookup[(channel << 8) + pixels[i + channel]!]!;
      }
    }
  };
}

function perImage(): Standardiser {
  const lookup = new Float32Array(256);
  return (pixels, out, offset) => {
    const n = pixels.length;
    let sum = 0;
    let squares = 0;
    for (let i = 0; i < n; i++) {
      const value = pixels[i]!;
      sum += value;
      squares += value * value;
    }
    // Both sums are integers, so the variance is exact up to here: no second pass, no cancellation.
    const mean = sum / n;
    const std = Math.sqrt(Math.max(0, n * squares - sum * sum)) / n;
    const divisor = Math.max(std, 1 / Math.sqrt(n));
    for (let value = 0; value < 256; value++) lookup[value] = (value - mean) / divisor;
    for (let i = 0; i < n; i++) out[offset + i] = lookup[pixels[i]!]!;
  };
}

/** The function that `plan` asks for, for images of `channels` channels. */
export function standardiser(plan: Pick<BatchPlan, 'standardise' | 'mean' | 'std'>, channels: number): Standardiser {
  if (plan.standardise === 'per-image') return perImage();
  const lookup = new Float32Array(256 * channels);
  for (let channel = 0; channel < channels; channel++) {
    const [mean, std] = plan.standardise === 'dataset' ? [plan.mean[channel]!, plan.std[channel]!] : [0, 1];
    for (let value = 0; value < 256; value++) lookup[channel * 256 + value] = (value / 255 - mean) / std;
  }
  return throughLookup(lookup, channels);
}
