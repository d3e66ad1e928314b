import { checkKeys } from '@winnow/ops/arguments';
import { isInMemory, type Split } from '../image-split.js';
import { CounterRandom, integerBelow, STREAM } from '../random.js';
import type { AugmentOptions, BatchOptions, Standardisation } from './options.js';

/** Batch options with every default filled in and every value checked. */
export interface BatchPlan {
  /** Image index at every place of the epoch. */
  readonly order: Uint32Array;
  readonly batchSize: number;
  /** The batches to make are `first` … `end` − 1. */
  readonly first: number;
  readonly end: number;
  readonly seed: number;
  readonly epoch: number;
  readonly pad: number;
  /** Size of the images that come out. */
  readonly height: number;
  readonly width: number;
  /** Whether images are cut or mirrored at random, so that they differ from epoch to epoch. */
  readonly augmented: boolean;
  readonly flip: boolean;
  readonly standardise: Standardisation;
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

const STANDARDISATIONS: readonly Standardisation[] = ['per-image', 'dataset', 'none'];

function integer(name: string, value: number, low: number, high: number): number {
  if (!Number.isInteger(value) || value < low || value > high) {
    throw new RangeError(`batches: ${name} must be an integer in [${low}, ${high}], got ${value}`);
  }
  return value;
}

function cropSize(split: Split, crop: number | { height: number; width: number } | undefined, pad: number) {
  const { height, width } =
    typeof crop === 'number' ? { height: crop, width: crop } : (crop ?? { height: split.height, width: split.width });
  integer('augment.crop height', height, 1, split.height + 2 * pad);
  integer('augment.crop width', width, 1, split.width + 2 * pad);
  return { height, width };
}

export const OPTIONS: readonly (keyof BatchOptions)[] = [
  'batchSize',
  'seed',
  'epoch',
  'start',
  'shuffle',
  'augment',
  'dropRemainder',
  'limit',
];
const AUGMENT_OPTIONS: readonly (keyof AugmentOptions)[] = ['pad', 'crop', 'flip', 'standardise', 'statistics'];

/** @throws RangeError unless a split has as many images and labels as it says */
function checkSplit(split: Split): void {
  const { count, height, width, channels, labels } = split;
  const [what, found, wanted] = isInMemory(split)
    ? ['images.length', split.images.length, count * height * width * channels]
    : ['files.length', split.files.length, count];
  if (found !== wanted) throw new RangeError(`batches: ${what} must be ${wanted}, got ${found}`);
  if (labels.length !== count) throw new RangeError(`batches: labels.length must be ${count}, got ${labels.length}`);
}

/** @throws RangeError unless there is a finite mean and a deviation above 0 for each channel */
function checkStatistics(mean: readonly number[], std: readonly number[]): void {
  const bad = std.findIndex((deviation, channel) => !(deviation > 0) || !Number.isFinite(deviation + mean[channel]!));
  if (bad < 0) return;
  throw new RangeError(
    `batches: augment.statistics must have finite means and deviations > 0, got ${mean[bad]} and ${std[bad]} for ` +
      `channel ${bad}: if it has one value in all images, choose another augment.standardise`,
  );
}

/**
 * Checks `options` against `split` and fixes the order of the epoch.
 * @throws RangeError, TypeError that name the option, its range and the value.
 */
export function planBatches(split: Split, options: BatchOptions): BatchPlan {
  checkKeys('batches', 'options', options, OPTIONS);
  checkSplit(split);
  const batchSize = integer('batchSize', options.batchSize, 1, 2 ** 31 - 1);
  const seed = integer('seed', options.seed ?? 0, 0, Number.MAX_SAFE_INTEGER);
  const epoch = integer('epoch', options.epoch ?? 0, 0, 2 ** 32 - 1);
  const limit = integer('limit', options.limit ?? 2 ** 31 - 1, 0, 2 ** 31 - 1);
  const total = (options.dropRemainder ? Math.floor : Math.ceil)(split.count / batchSize);
  const first = integer('start', options.start ?? 0, 0, total);
  const augment = options.augment ?? {};
  checkKeys('batches', 'augment', augment, AUGMENT_OPTIONS);
  const pad = integer('augment.pad', augment.pad ?? 0, 0, 4096);
  const { height, width } = cropSize(split, augment.crop, pad);
  const flip = augment.flip ?? false;
  const standardise = augment.standardise ?? 'none';
  if (!STANDARDISATIONS.includes(standardise)) {
    throw new TypeError(
      `batches: augment.standardise must be one of ${STANDARDISATIONS.join(', ')}, got ${standardise}`,
    );
  }
  const { mean = [], std = [] } = augment.statistics ?? {};
  if (standardise === 'dataset' && (mean.length !== split.channels || std.length !== split.channels)) {
    throw new TypeError(
      `batches: augment.standardise 'dataset' needs augment.statistics with ${split.channels} means and deviations, ` +
        `got ${mean.length} and ${std.length}`,
    );
  }
  if (standardise === 'dataset') checkStatistics(mean, std);
  return {
    order: epochOrder(split.count, { shuffle: options.shuffle ?? false, seed, epoch }),
    batchSize,
    first,
    end: Math.min(total, first + limit),
    seed,
    epoch,
    pad,
    height,
    width,
    augmented: pad > 0 || height !== split.height || width !== split.width || flip,
    flip,
    standardise,
    mean,
    std,
  };
}

/**
 * The order of images in one epoch: 0 … count − 1, or a permutation (Fisher–Yates) that depends on (seed, epoch) alone
 * and is the same on every machine.
 */
export function epochOrder(count: number, options: { shuffle: boolean; seed: number; epoch: number }): Uint32Array {
  checkKeys('epochOrder', 'options', options, ['shuffle', 'seed', 'epoch']);
  const order = Uint32Array.from({ length: count }, (_, i) => i);
  if (!options.shuffle) return order;
  const random = new CounterRandom(options.seed);
  const words = new Uint32Array(4);
  for (let i = count - 1; i > 0; i--) {
    // One call gives the words of four neighbouring positions.
    if ((i & 3) === 3 || i === count - 1) random.draw(options.epoch, i >>> 2, 0, STREAM.order, words);
    const j = integerBelow(words[i & 3]!, i + 1);
    const value = order[i]!;
    order[i] = order[j]!;
    order[j] = value;
  }
  return order;
}
