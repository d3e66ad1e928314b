import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Environment } from '@winnow/system/cache';
import { releaseDirectory, tensorflowCache } from '../cache.js';
import { TensorFlowError, type TensorFlowErrorCode } from '../errors.js';
import { packageRoot } from '../package-root.js';
import type { Release } from '../release.js';
import { advice } from './advice.js';
import type { Python } from './python.js';
import type { SetupListener, SetupProgress, SetupStage } from './stages.js';

/** A lock held during the setup. It is also released when this process ends. */
export interface SetupLock {
  release(): Promise<void>;
}

type Report =
  | { event: 'note'; text: string }
  | { event: 'stage'; stage: SetupStage; total: number; done: number }
  | { event: 'progress'; done: number };

type Outcome =
  | { event: 'ready' }
  | { event: 'failed'; code: TensorFlowErrorCode; message: string; advice: string | null };

/**
 * Fetches a release's libraries and headers into the cache unless they are there, and returns while holding the lock.
 *
 * @throws TensorFlowError with the Python program's error code, or INTERRUPTED if the program ended without one
 */
export async function fetchTensorflow(
  release: Release,
  python: Python,
  env: Environment,
  listener: SetupListener,
): Promise<SetupLock> {
  const request = {
    cache: tensorflowCache(env),
    directory: releaseDirectory(release, env),
    release,
    wheel: env['WINNOW_TENSORFLOW_WHEEL'],
  };
  // -B: write no compiled files next to the program, which may be in a read-only node_modules.
  const program = join(packageRoot, 'python', 'fetch_tensorflow.py');
  const child = spawn(python.command, ['-B', program, JSON.stringify(request)], { env: { ...env } });
  const ended = new Promise<void>((resolve) => child.on('close', () => resolve()));
  let complaints = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaints = (complaints + text).slice(-4000);
  });
  child.stdin.on('error', () => {}); // The program may end before we close its input.

  try {
    const outcome = await follow(createInterface({ input: child.stdout }), listener);
    if (outcome?.event === 'ready') {
      return {
        async release() {
          child.stdin.end();
          await ended;
        },
      };
    }
    await ended;
    if (outcome) {
      const { code, message } = outcome;
      throw new TensorFlowError(code, message, outcome.advice ?? advice(code));
    }
    const how = complaints.trim() || `it ended with ${child.signalCode ?? child.exitCode}`;
    throw new TensorFlowError('INTERRUPTED', `Fetching TensorFlow was interrupted: ${how}`);
  } catch (error) {
    child.kill();
    throw error;
  }
}

// Passes the program's reports on until it reports success or failure; undefined if it ends without doing so.
async function follow(lines: AsyncIterable<string>, listener: SetupListener): Promise<Outcome | undefined> {
  let now: SetupProgress = { stage: 'locate', done: 0, total: 1 };
  for await (const line of lines) {
    const event = JSON.parse(line) as Report | Outcome;
    if (event.event === 'ready' || event.event === 'failed') return event;
    if (event.event === 'note') {
      listener({ ...now, message: event.text });
      continue;
    }
    const { event: _, ...change } = event;
    now = { ...now, ...change };
    listener(now);
  }
  return undefined;
}
