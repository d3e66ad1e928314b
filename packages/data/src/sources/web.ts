import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { DatasetFile } from '../declaration.js';

/** A host that does not answer for so long is given up, so that the next source gets its turn soon. */
const ANSWER_MS = 6_000;
/** A transfer that brings nothing for so long is broken. */
const STALL_MS = 30_000;
const ATTEMPTS = 3;

/** A transfer that began and broke off: asking for the rest may help. */
class BrokenOff extends Error {}

/** Aborts unless `alive` is called again in time. */
function watchdog(signal: AbortSignal | undefined) {
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const onAbort = () => controller.abort(signal!.reason);
  signal?.addEventListener('abort', onAbort);
  if (signal?.aborted) onAbort();
  return {
    signal: controller.signal,
    alive(ms: number, what: string) {
      clearTimeout(timer);
      timer = setTimeout(() => controller.abort(new Error(`${what} for ${ms / 1000} s`)), ms);
    },
    stop() {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
    },
  };
}

/** `fetch failed` alone says nothing; the cause (no such host, refused, certificate) is what helps. */
function reasonOf(error: unknown): string {
  const { message, cause } = error as Error & { cause?: { code?: string; message?: string } };
  return cause?.message || cause?.code || message;
}

interface Transfer {
  readonly url: string;
  readonly path: string;
  readonly file: DatasetFile;
  readonly signal: AbortSignal | undefined;
  readonly onBytes: (received: number) => void;
}

/** Writes the body of a response behind the `received` bytes that the file has. */
async function receive(
  body: AsyncIterable<Uint8Array>,
  received: number,
  job: Transfer,
  alive: () => void,
): Promise<void> {
  const { path, file, onBytes } = job;
  const output = await open(path, received > 0 ? 'a' : 'w');
  let total = received;
  try {
    for await (const chunk of body) {
      alive();
      total += chunk.length;
      if (total > file.size) throw new Error(`is longer than the expected ${file.size} bytes`);
      await output.writeFile(chunk);
      onBytes(total);
    }
  } finally {
    await output.close();
  }
  if (total < file.size) throw new BrokenOff(`ended after ${total} of ${file.size} bytes`);
}

/** Downloads from byte `from` on. */
async function transfer(job: Transfer, from: number): Promise<void> {
  const watch = watchdog(job.signal);
  watch.alive(ANSWER_MS, 'no answer');
  try {
    const response = await fetch(job.url, {
      signal: watch.signal,
      headers: { 'accept-encoding': 'identity', ...(from > 0 ? { range: `bytes=${from}-` } : {}) },
    });
    if (!response.ok || !response.body) {
      await response.body?.cancel();
      throw new Error(`answered ${response.status} ${response.statusText}`.trim());
    }
    const body = withBrokenOff(response.body);
    await receive(body, response.status === 206 ? from : 0, job, () => watch.alive(STALL_MS, 'no data'));
  } finally {
    watch.stop();
  }
}

/** The same bytes; what fails on the network, and not in writing them, becomes BrokenOff. */
async function* withBrokenOff(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  const chunks = body[Symbol.asyncIterator]();
  try {
    for (;;) {
      const { value, done } = await chunks.next().catch((error: unknown) => {
        throw new BrokenOff(reasonOf(error), { cause: error });
      });
      if (done) return;
      yield value;
    }
  } finally {
    await chunks.return?.();
  }
}

/**
 * Downloads files into a folder; a transfer that breaks off is resumed where it stopped, up to three times.
 * @throws Error that names the file and the reason.
 */
export async function download(
  base: string,
  files: readonly DatasetFile[],
  folder: string,
  onBytes: (received: number) => void,
  signal?: AbortSignal,
): Promise<void> {
  let before = 0;
  for (const file of files) {
    let received = 0;
    const job: Transfer = {
      url: base + file.name,
      path: join(folder, file.name),
      file,
      signal,
      onBytes(bytes) {
        received = bytes;
        onBytes(before + bytes);
      },
    };
    for (let attempt = 1; received < file.size; attempt++) {
      try {
        await transfer(job, received);
      } catch (error) {
        const again = error instanceof BrokenOff && attempt < ATTEMPTS && !signal?.aborted;
        if (!again) throw new Error(`${file.name}: ${reasonOf(error)}`, { cause: error });
      }
    }
    before += file.size;
  }
}
