import { parentPort } from 'node:worker_threads';
import { DatasetError } from '../errors.js';
import type { FromWorker, ToWorker } from './batch-worker.js';
import { BatchMaker, pixelSource } from './make-batch.js';

// The worker thread of `prefetch`: makes batches of one job at a time, as many ahead as the consumer has given credit
// for.

const port = parentPort!;
let credit = 0;
let closing = false;
let wake: () => void = () => {};
let working: Promise<void> = Promise.resolve();

function send(message: FromWorker, transfer: ArrayBuffer[] = []): void {
  port.postMessage(message, transfer);
}

async function work({ split, plan }: Extract<ToWorker, { kind: 'job' }>): Promise<void> {
  const maker = new BatchMaker(split, plan);
  const source = pixelSource(split);
  for (let index = plan.first; index < plan.end; index++) {
    while (credit === 0 && !closing) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    if (closing) return;
    credit--;
    const batch = maker.make(index, await source(maker.indices(index)));
    send({ kind: 'batch', batch }, [batch.images.buffer as ArrayBuffer, batch.labels.buffer as ArrayBuffer]);
  }
}

function reportFailure(error: unknown): void {
  const { message } = error as Error;
  send({ kind: 'failed', code: error instanceof DatasetError ? error.code : 'worker-failed', message });
}

port.on('message', (message: ToWorker) => {
  if (message.kind === 'job') {
    credit = message.credit;
    working = work(message).catch(reportFailure);
  } else if (message.kind === 'more') {
    credit++;
  } else {
    closing = true;
    // Closing the port lets the thread end by itself, after image decoding that is still under way in native threads.
    void working.then(() => port.close());
  }
  wake();
});
