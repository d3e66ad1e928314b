import { checkInteger, checkKeys } from '@winnow/ops/arguments';
import type { DatasetDeclaration } from '../declaration.js';
import { imageDatasetDigest } from '../digest.js';
import { allocateSplit, channelStatistics, type ImageDataset, type ImageSplit } from '../image-split.js';
import { CounterRandom, STREAM } from '../random.js';

/** Size of a made-up data set. */
export interface SyntheticOptions {
  /** Number of training images; default 512. */
  readonly train?: number;
  /** Number of test images; default 256. */
  readonly test?: number;
  /** Default 12. */
  readonly height?: number;
  /** Default 12. */
  readonly width?: number;
  /** Default 1. */
  readonly channels?: number;
  /** Default 4. */
  readonly classes?: number;
  /** An integer in [0, 2^53); default 0. */
  readonly seed?: number;
}

/** The range of every option. */
const RANGES: Readonly<Record<keyof SyntheticOptions, readonly [low: number, high: number]>> = {
  train: [1, 10_000_000],
  test: [1, 10_000_000],
  height: [1, 4096],
  width: [1, 4096],
  channels: [1, 4096],
  classes: [2, 1_000_000],
  seed: [0, Number.MAX_SAFE_INTEGER],
};
const PATTERN = 0;
/** Amplitude of the noise against the 0 … 255 of the patterns: enough to make single pixels useless. */
const NOISE = 96;

/** Fills `out` with bytes that belong to (a, b). */
function randomBytes(random: CounterRandom, a: number, b: number, out: Uint8Array): void {
  const words = new Uint32Array(4);
  const bytes = new Uint8Array(words.buffer);
  for (let i = 0; i < out.length; i += 16) {
    random.draw(a, b, i, STREAM.synthetic, words);
    for (let j = 0; j < 16 && i + j < out.length; j++) out[i + j] = bytes[j]!;
  }
}

function fill(split: ImageSplit, patterns: readonly Uint8Array[], random: CounterRandom, part: number): void {
  const size = split.height * split.width * split.channels;
  const noise = new Uint8Array(size);
  for (let i = 0; i < split.count; i++) {
    const label = i % patterns.length;
    split.labels[i] = label;
    randomBytes(random, part, i, noise);
    for (let j = 0; j < size; j++) {
      const value = 128 + 0.5 * (patterns[label]![j]! - 128) + ((noise[j]! - 127.5) / 127.5) * NOISE;
      split.images[i * size + j] = Math.max(0, Math.min(255, Math.round(value)));
    }
  }
}

/**
 * Makes a data set: every class is a random pattern, every image its class's pattern under noise. A linear model
 * separates the classes, no single pixel does. The same options give the same bytes on every machine.
 * @throws TypeError or RangeError for an option that does not exist or is out of range
 */
export function makeSynthetic(options: SyntheticOptions = {}): ImageDataset {
  checkKeys('makeSynthetic', 'options', options, Object.keys(RANGES));
  for (const [name, [low, high]] of Object.entries(RANGES)) {
    const value = options[name as keyof SyntheticOptions];
    if (value !== undefined) checkInteger('makeSynthetic', name, value, low, high);
  }
  const { train = 512, test = 256, height = 12, width = 12, channels = 1, classes = 4, seed = 0 } = options;
  const random = new CounterRandom(seed);
  const patterns = Array.from({ length: classes }, (_, label) => {
    const pattern = new Uint8Array(height * width * channels);
    randomBytes(random, PATTERN, label, pattern);
    return pattern;
  });
  const [trainSplit, testSplit] = [train, test].map((count) => allocateSplit(count, height, width, channels)) as [
    ImageSplit,
    ImageSplit,
  ];
  fill(trainSplit, patterns, random, 1);
  fill(testSplit, patterns, random, 2);
  const dataset = {
    name: 'synthetic',
    title: 'Synthetic patterns',
    classes: patterns.map((_, label) => `pattern ${label}`),
    train: trainSplit,
    test: testSplit,
    statistics: channelStatistics(trainSplit),
  };
  return { ...dataset, digest: imageDatasetDigest(dataset) };
}

/** A small made-up set for tests and examples without a network: see {@link makeSynthetic}. */
export const synthetic: DatasetDeclaration = {
  name: 'synthetic',
  title: 'Synthetic patterns',
  summary: '512 + 256 made-up grey images, 12×12, 4 classes: random patterns under noise',
  files: [],
  sources: [],
  generate: () => makeSynthetic(),
};
