// What training writes: refused before the first step where it cannot be, and named where it fails after all.

import * as fs from 'node:fs';
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeSynthetic } from '@winnow/data';
import { mlp } from '@winnow/models';
import { RunLog, TensorBoard, type TrainOptions, train } from '@winnow/training';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { temporaryFolder } from '../../../../test/temporary-folder.js';

vi.mock('node:fs', { spy: true });

const { train: data } = makeSynthetic({ train: 16, height: 4, width: 4 });
let folder: string;
const at = (...parts: string[]) => join(folder, ...parts);

/** Trains four steps; every one of them is counted. */
async function run(options: Partial<TrainOptions>): Promise<number> {
  let steps = 0;
  const model = mlp({ inputShape: [4, 4, 1], classes: 4 });
  try {
    const settings = { epochs: 1, batchSize: 4, learningRate: { kind: 'constant', rate: 0.1 } as const };
    await train(model, data, { ...settings, ...options, onStep: () => steps++ });
    return steps;
  } catch (error) {
    throw Object.assign(error as Error, { steps });
  } finally {
    model.dispose();
  }
}

beforeEach(() => {
  folder = temporaryFolder();
  writeFileSync(at('file'), '');
});

describe('before the first step', () => {
  const must = 'checkpoint.directory must be a directory that can be written to, got';

  it.each<[string, (path: string) => unknown, (path: string) => string]>([
    ['a file', (path) => writeFileSync(path, ''), (path) => `${path} is not a directory`],
    [
      'a directory in place of a checkpoint',
      (path) => mkdirSync(join(path, 'last.safetensors'), { recursive: true }),
      (path) => `${join(path, 'last.safetensors')} is a directory`,
    ],
    [
      'a read-only checkpoint',
      (path) => {
        mkdirSync(path);
        writeFileSync(join(path, 'best.safetensors'), 'kept');
        chmodSync(join(path, 'best.safetensors'), 0o444);
      },
      (path) => `${join(path, 'best.safetensors')} is read-only`,
    ],
  ])('%s in the way of checkpoints is refused', async (_what, put, reason) => {
    const directory = at('checkpoints');
    put(directory);
    await expect(run({ checkpoint: { directory } })).rejects.toMatchObject({
      name: 'RangeError',
      message: `train: ${must} '${directory}': ${reason(directory)}`,
      steps: 0,
    });
  });

  it('an option of checkpoints that there is not, and no directory, are refused', async () => {
    await expect(run({ checkpoint: { dir: folder } as never })).rejects.toThrow("train: checkpoint has no 'dir'");
    await expect(run({ checkpoint: {} as never })).rejects.toThrow(
      'train: checkpoint.directory must be a string, got undefined',
    );
  });

  it('what is in the way of a log or of event files is refused', async () => {
    await expect(run({ observers: [new RunLog(folder)] })).rejects.toMatchObject({
      message: `RunLog: file must be one that can be written: ${folder} is a directory`,
      steps: 0,
    });
    const directory = at('file', 'events');
    await expect(run({ observers: [new TensorBoard({ directory })] })).rejects.toMatchObject({
      message: `TensorBoard: directory must be one that can be written to: ${at('file')} is not a directory`,
      steps: 0,
    });
  });
});

describe('on a full disk', () => {
  const full = () => {
    throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
  };
  const message = (path: string) => `${path} cannot be written: no space left on device (ENOSPC)`;

  it('a checkpoint is named, and the one before is whole', async () => {
    const checkpoint = { directory: folder, everySteps: 1 };
    vi.mocked(fs.writeSync).mockImplementation(full);
    await expect(run({ checkpoint })).rejects.toThrow(message(at('last.safetensors')));
    vi.mocked(fs.writeSync).mockReset();
    expect(existsSync(at('last.safetensors'))).toBe(false);
    expect(fs.readdirSync(folder)).toEqual(['file']);
    expect(await run({ checkpoint })).toBe(4);
  });

  it('a log is named', async () => {
    const log = at('log.jsonl');
    vi.mocked(fs.writeFileSync).mockImplementationOnce(full);
    await expect(run({ observers: [new RunLog(log)] })).rejects.toThrow(message(log));
  });

  it('a file of events is named', async () => {
    vi.mocked(fs.appendFileSync).mockImplementationOnce(full);
    await expect(run({ observers: [new TensorBoard({ directory: at('events') })] })).rejects.toThrow(
      new RegExp(`^${at('events', 'events.out')}.* cannot be written: no space left on device \\(ENOSPC\\)$`),
    );
  });
});
