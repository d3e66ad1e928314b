import type { Split } from '../image-split.js';
import { BatchWorker } from './batch-worker.js';
import type { Batch } from './options.js';
import type { BatchPlan } from './plan.js';

/** The batches of `plan`, made by a worker thread up to `ahead` before they are asked for. */
export async function* prefetched(
  split: Split,
  plan: BatchPlan,
  ahead: number,
): AsyncGenerator<Batch, void, undefined> {
  if (plan.end === plan.first) return;
  const worker = new BatchWorker();
  try {
    worker.start(split, plan, ahead);
    for (let index = plan.first; index < plan.end; index++) yield await worker.next();
  } finally {
    await worker.close();
  }
}
