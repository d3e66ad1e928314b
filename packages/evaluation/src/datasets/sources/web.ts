import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { DatasetFile } from '../declaration.js';

/** A host that does not answer for so long is given up, so that the next source gets its turn soon. */
const ANSWER_MS = 6_000;
/** A transfer that brings nothing for so long is broken. */
const STALL_MS = 30_000;
const ATTEMPTS = 3;

/** Asking again would bring the same. */
class FinalError extends Error {}

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
  return cause ? `${message}: ${cause.code ?? ''} ${cause.message ?? ''}`.trim() : message;
}

interface Transfer {
  readonly url: string;
  readonly path: string;
  readonly file: DatasetFile;
  readonly signal: AbortSignal | undefined;
  readonly onBytes: (received: number) => void;
}

/** Downloads from byte `from` on. */
async function transfer({ url, path, file, signal, onBytes }: Transfer, from: number): Promise<void> {
  const watch = watchdog(signal);
  watch.alive(ANSWER_MS, 'no answer');
  try {
    const response = await fetch(url, {
      signal: watch.signal,
      headers: { 'accept-encoding': 'identity', ...(from > 0 ? { range: `bytes=${from}-` } : {}) },
    });
    if (!response.ok || !response.body) {
      await response.body?.cancel();
      throw new FinalError(`answered ${response.status} ${response.statusText}`.trim());
    }
    let received = response.status === 206 ? from : 0;
    const output = await open(path, received > 0 ? 'a' : 'w');
    try {
      for await (const chunk of response.body) {
        watch.alive(STALL_MS, 'no data');
        received += chunk.length;
        if (received > file.size) throw new FinalError(`is longer than the expected ${file.size} bytes`);
        await output.writeFile(chunk);
        onBytes(received);
      }
    } finally {
      await output.close();
    }
  } finally {
    watch.stop();
  }
}

/**
 * Downloads files into a folder; a transfer that breaks off goes on where it was, up to three times.
 * @throws Error that names the address and the reason.
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
        if (received < file.size) throw new Error(`ended after ${received} of ${file.size} bytes`);
      } catch (error) {
        const hopeless = received === 0 || attempt === ATTEMPTS || error instanceof FinalError || signal?.aborted;
        if (hopeless) throw new Error(`${job.url}: ${reasonOf(error)}`, { cause: error });
      }
    }
    before += file.size;
  }
}
