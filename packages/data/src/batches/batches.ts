import { checkKeys } from '@winnow/ops/arguments';
import { checkSplit } from '../check-arguments.js';
import { type ImageSplit, isInMemory, type Split } from '../image-split.js';
import { prefetched } from './batch-worker.js';
import { BatchMaker, type Pixels, pixelSource } from './make-batch.js';
import type { Batch, BatchOptions } from './options.js';
import { type BatchPlan, OPTIONS, planBatches } from './plan.js';

/** What decides the contents of batches, and how far ahead they are made. */
export interface StreamOptions extends BatchOptions {
  /**
   * How many batches a worker thread prepares ahead; default 0: made here, when asked for. Changes no batch's contents.
   */
  readonly prefetch?: number;
}

/**
 * The batches of one epoch, in order.
 *
 * With `prefetch` a worker thread makes them while the training step runs; it lets go when the iteration ends, in
 * whatever way.
 * @throws RangeError, TypeError for a bad option, at once; DatasetError `broken-file` or `worker-failed` while
 *   iterating.
 */
export function batches(split: Split, options: StreamOptions): AsyncGenerator<Batch, void, undefined> {
  checkSplit('batches', 'split', split);
  checkKeys('batches', 'options', options, ['prefetch', ...OPTIONS]);
  const { prefetch = 0, ...contents } = options;
  if (!Number.isInteger(prefetch) || prefetch < 0 || prefetch > 1024) {
    throw new RangeError(`batches: prefetch must be an integer in [0, 1024], got ${prefetch}`);
  }
  const plan = planBatches(split, contents);
  return prefetch > 0 ? prefetched(split, plan, prefetch) : madeHere(split, plan);
}

async function* madeHere(split: Split, plan: BatchPlan): AsyncGenerator<Batch, void, undefined> {
  const maker = new BatchMaker(split, plan);
  const source = pixelSource(split);
  for (let index = plan.first; index < plan.end; index++) yield maker.make(index, await source(maker.indices(index)));
}

/**
 * The plain, synchronous form of {@link batches} for images in memory: the same contents, made when asked for.
 * @throws RangeError, TypeError for a bad option; TypeError for a split that is not in memory.
 */
export function* batchesSync(split: ImageSplit, options: BatchOptions): Generator<Batch, void, undefined> {
  checkSplit('batchesSync', 'split', split);
  if (!isInMemory(split)) throw new TypeError('batchesSync: the images must be in memory; use batches()');
  const maker = new BatchMaker(split, planBatches(split, options));
  const pixels = pixelSource(split)(new Uint32Array()) as Pixels;
  for (let index = maker.plan.first; index < maker.plan.end; index++) yield maker.make(index, pixels);
}
