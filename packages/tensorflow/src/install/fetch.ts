import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type Environment, releaseDirectory, tensorflowCache } from '../cache.js';
import { TensorFlowError, type TensorFlowErrorCode } from '../errors.js';
import { mendingCommand, packageRoot } from '../package-root.js';
import type { Release } from '../release.js';
import type { Python } from './python.js';
import type { SetupListener, SetupStage } from './stages.js';

/** Held while TensorFlow is being set up; the lock also ends with this process. */
export interface SetupLock {
  release(): Promise<void>;
}

type Event =
  | { event: 'waiting' | 'waited' | 'ready' }
  | { event: 'note'; text: string }
  | { event: 'stage'; stage: SetupStage; total: number; done: number }
  | { event: 'progress'; stage: SetupStage; done: number }
  | { event: 'failed'; code: TensorFlowErrorCode; message: string; advice?: string | null };

const advice: Partial<Record<TensorFlowErrorCode, string>> = {
  NO_PIP: 'apt-get install python3-pip (or python3 -m ensurepip --user)',
  CACHE_UNWRITABLE: 'set WINNOW_CACHE to a folder you may write to; then',
  DISK_SPACE: 'free some space, or set WINNOW_CACHE to a folder on a larger disk; then',
  NETWORK: 'check the network and `python3 -m pip config list`; then',
  INDEX_MISS:
    'point pip to an index that has it (PIP_INDEX_URL), or fetch the wheel elsewhere and set WINNOW_TENSORFLOW_WHEEL; then',
};

/**
 * Brings the libraries and headers of a release into the cache, unless they are there, and returns with the lock held.
 *
 * @throws TensorFlowError with the code the Python program gives, or INTERRUPTED if it ended without one.
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
  // -B: no compiled files beside the program, which may lie in a read-only node_modules.
  const program = join(packageRoot, 'python', 'fetch_tensorflow.py');
  const child = spawn(python.command, ['-B', program, JSON.stringify(request)], { env: { ...env } });
  const ended = new Promise<void>((resolve) => child.on('close', () => resolve()));
  let complaints = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaints = (complaints + text).slice(-4000);
  });
  child.stdin.on('error', () => {}); // It may end before we close its input.

  let stage: SetupStage = 'locate';
  let total = 1;
  for await (const line of createInterface({ input: child.stdout })) {
    const event = JSON.parse(line) as Event;
    switch (event.event) {
      case 'waiting':
        listener({
          stage: 'wait',
          done: 0,
          total: 1,
          message: 'Another process is setting TensorFlow up; waiting for it.',
        });
        break;
      case 'waited':
        listener({ stage: 'wait', done: 1, total: 1 });
        break;
      case 'note':
        listener({ stage, done: 0, total, message: event.text });
        break;
      case 'stage':
        stage = event.stage;
        total = event.total;
        listener({ stage, done: event.done, total });
        break;
      case 'progress':
        listener({ stage, done: event.done, total });
        break;
      case 'failed':
        await ended;
        throw new TensorFlowError(event.code, event.message, event.advice ?? mend(event.code));
      case 'ready':
        return {
          async release() {
            child.stdin.end();
            await ended;
          },
        };
    }
  }
  await ended;
  const how = complaints.trim() || `it ended with ${child.signalCode ?? child.exitCode}`;
  throw new TensorFlowError('INTERRUPTED', `Fetching TensorFlow was interrupted: ${how}`);
}

/** The advice for a code: what to do first, if anything, and the command. */
export function mend(code: TensorFlowErrorCode): string {
  const first = advice[code];
  if (first === undefined) return mendingCommand();
  return first.endsWith('; then') ? `${first} ${mendingCommand()}` : first;
}
