import { Worker } from 'node:worker_threads';
import { DatasetError, type DatasetErrorCode } from '../errors.js';
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

/** A thread that does not end by itself in this time is ended by force. */
const CLOSE_MS = 5_000;

/** Starts the thread from what this file itself runs from: the built package or TypeScript sources. */
function startThread(): Worker {
  if (import.meta.url.endsWith('.js')) return new Worker(new URL('./worker.js', import.meta.url));
  const bootstrap = new URL('./worker-from-sources.mjs', import.meta.url);
  return new Worker(bootstrap, { execArgv: ['--conditions=winnow-source'] });
}

/** The consumer's side of one worker thread. */
class BatchWorker {
  readonly #thread = startThread();
  readonly #arrived: Batch[] = [];
  readonly #exited: Promise<void>;
  #failure: DatasetError | undefined;
  #wake: () => void = () => {};

  constructor() {
    this.#thread.on('message', (message: FromWorker) => {
      if (message.kind === 'batch') this.#arrived.push(message.batch);
      else this.#failure = new DatasetError(message.code, message.message);
      this.#wake();
    });
    this.#thread.on('error', (error) =>
      this.#fail(`the worker thread that prepares batches failed: ${error.message}`, error),
    );
    this.#exited = new Promise((resolve) => {
      this.#thread.on('exit', (code) => {
        this.#fail(`the worker thread that prepares batches ended with code ${code}`);
        resolve();
      });
    });
    // A consumer that drops its iterator must not keep the process from ending.
    this.#thread.unref();
  }

  #fail(message: string, cause?: Error): void {
    this.#failure ??= new DatasetError('worker-failed', message, { cause });
    this.#wake();
  }

  #tell(message: ToWorker): void {
    this.#thread.postMessage(message);
  }

  /** Begins to make the batches of `plan`, `ahead` of them at once. */
  start(split: Split, plan: BatchPlan, ahead: number): void {
    this.#tell({ kind: 'job', split, plan, credit: ahead });
  }

  /** The next batch; in its place another may be made. */
  async next(): Promise<Batch> {
    // While somebody waits for a batch, the thread is a reason for the process to live.
    this.#thread.ref();
    try {
      while (this.#arrived.length === 0 && !this.#failure) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    } finally {
      this.#thread.unref();
    }
    const batch = this.#arrived.shift();
    if (!batch) throw this.#failure!;
    this.#tell({ kind: 'more' });
    return batch;
  }

  /** Ends the thread; resolves when it has ended. */
  async close(): Promise<void> {
    this.#thread.ref();
    this.#tell({ kind: 'close' });
    const timer = setTimeout(() => void this.#thread.terminate(), CLOSE_MS);
    await this.#exited;
    clearTimeout(timer);
  }
}

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
