import type { DatasetErrorCode } from '../errors.js';
import type { Split } from '../image-split.js';
import type { Batch } from './options.js';
import type { BatchPlan } from './plan.js';

/** What the consumer tells the worker thread. */
export type ToWorker =
  /** Make the batches of a plan, `credit` of them without being asked again. */
  | { readonly kind: 'job'; readonly split: Split; readonly plan: BatchPlan; readonly credit: number }
  /** One batch was taken: make another. */
  | { readonly kind: 'more' }
  /** Finish the batch in hand, then end the thread. */
  | { readonly kind: 'close' };

/** What the worker thread answers. */
export type FromWorker =
  | { readonly kind: 'batch'; readonly batch: Batch }
  | { readonly kind: 'failed'; readonly code: DatasetErrorCode; readonly message: string };
