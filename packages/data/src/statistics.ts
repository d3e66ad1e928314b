import type { ChannelStatistics, ImageSplit } from './image-split.js';

/**
 * Mean and standard deviation of every channel over all pixels of a split, on the scale [0, 1].
 * Counts every byte value first: the sums are then exact whatever the size, and equal on every machine.
 */
export function channelStatistics(split: ImageSplit): ChannelStatistics {
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
