import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../test/temporary-folder.js';
import {
  type Batch,
  batches,
  batchesSync,
  DatasetError,
  makeSynthetic,
  openClassFolders,
  type StreamedSplit,
} from '../src/index.js';
import { writeImage } from './writers.js';

const { train } = makeSynthetic({ train: 100, channels: 3 });
const options = {
  batchSize: 8,
  seed: 5,
  epoch: 2,
  shuffle: true,
  augment: { pad: 2, flip: true, standardise: 'per-image' as const },
};

const started: Worker[] = [];
process.on('worker', (worker) => started.push(worker));

/** Worker threads that have not ended; one that has loses its id. */
function running(): number {
  return started.filter(({ threadId }) => threadId !== -1).length;
}

async function collect(iterator: AsyncIterable<Batch>): Promise<Batch[]> {
  const all: Batch[] = [];
  for await (const batch of iterator) all.push(batch);
  return all;
}

describe('prefetch', () => {
  it.each([1, 2, 5, 100])('of %i gives the same batches', async (prefetch) => {
    expect(await collect(batches(train, { ...options, prefetch }))).toEqual([...batchesSync(train, options)]);
  });

  it('goes on from a batch', async () => {
    const rest = await collect(batches(train, { ...options, start: 9, prefetch: 2 }));
    expect(rest).toEqual([...batchesSync(train, options)].slice(9));
  });

  it('gives batches that the reader may change', async () => {
    const wanted = [...batchesSync(train, options)];
    let i = 0;
    for await (const batch of batches(train, { ...options, prefetch: 3 })) {
      expect(batch.images).toEqual(wanted[i++]!.images);
      batch.images.fill(Number.NaN);
    }
  });

  it('ends its thread when the iteration ends, is broken off or fails', async () => {
    started.length = 0;
    await collect(batches(train, { ...options, prefetch: 2 }));
    expect([started.length, running()]).toEqual([1, 0]);
    for await (const _ of batches(train, { ...options, prefetch: 2 })) break;
    expect([started.length, running()]).toEqual([2, 0]);
    const failing = async () => {
      for await (const _ of batches(train, { ...options, prefetch: 2 })) {
        expect(running()).toBe(1);
        throw new Error('of the training step');
      }
    };
    await expect(failing()).rejects.toThrow('of the training step');
    expect([started.length, running()]).toEqual([3, 0]);
  });

  it('starts nothing before the first batch is asked for, nor for no batches', async () => {
    started.length = 0;
    await batches(train, { ...options, prefetch: 2 }).return();
    expect(await collect(batches(train, { ...options, limit: 0, prefetch: 2 }))).toEqual([]);
    expect(started).toHaveLength(0);
  });

  it('ends with an error when its thread is killed', async () => {
    const iterator = batches(train, { ...options, prefetch: 1 });
    await iterator.next();
    await started.at(-1)!.terminate();
    const rest = async () => {
      for (;;) if ((await iterator.next()).done) return;
    };
    await expect(rest()).rejects.toMatchObject({ name: 'DatasetError', code: 'worker-failed' });
    expect(running()).toBe(0);
  });

  it('lets a process end that drops its iterator', async () => {
    const script = `
      import { batches, makeSynthetic } from ${JSON.stringify(new URL('../src/index.ts', import.meta.url).href)};
      const iterator = batches(makeSynthetic().train, { batchSize: 4, prefetch: 3 });
      console.log((await iterator.next()).value.index);
    `;
    const args = ['--conditions=winnow-source', '--import', 'tsx', '--input-type=module', '-e', script];
    const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 30_000 });
    expect(stdout).toBe('0\n');
  });
});

describe('prefetch of image files', () => {
  it('makes at most so many batches ahead', async () => {
    const folder = temporaryFolder();
    const path = (i: number) => join(folder, `${i}.png`);
    const split: StreamedSplit = {
      files: Array.from({ length: 6 }, (_, i) => path(i)),
      labels: new Int32Array(6),
      count: 6,
      height: 4,
      width: 4,
      channels: 3,
      fit: 'exact',
    };
    for (const i of [0, 1, 2]) await writeImage(path(i), 4, 4, [i]);
    const iterator = batches(split, { batchSize: 1, prefetch: 2 });
    await iterator.next();
    // One taken and two ahead: whoever looked further would find no file.
    await new Promise((resolve) => setTimeout(resolve, 200));
    for (const i of [3, 4, 5]) await writeImage(path(i), 4, 4, [i]);
    expect((await collect(iterator)).map(({ index }) => index)).toEqual([1, 2, 3, 4, 5]);
  });

  it('decodes in the thread, with the same result', async () => {
    const folder = temporaryFolder();
    for (let i = 0; i < 6; i++) {
      await writeImage(join(folder, 'train', i % 2 ? 'b' : 'a', `${i}.png`), 6, 5, [40 * i, 255 - i, i]);
      await writeImage(join(folder, 'test', i % 2 ? 'b' : 'a', `${i}.png`), 6, 5, [i]);
    }
    const { train: files } = await openClassFolders(folder);
    const streamed = { batchSize: 4, shuffle: true, augment: { flip: true } };
    const here = await collect(batches(files, streamed));
    expect(here.map(({ size }) => size)).toEqual([4, 2]);
    expect(await collect(batches(files, { ...streamed, prefetch: 2 }))).toEqual(here);
  });

  it('brings an error of the thread to the reader, after the batches before it, and ends', async () => {
    const folder = temporaryFolder();
    for (const name of ['0', '1', '2', '3']) await writeImage(join(folder, 'train', 'a', `${name}.png`), 4, 4, [9]);
    await writeImage(join(folder, 'test', 'a', '0.png'), 4, 4, [9]);
    const broken = join(folder, 'train', 'a', '3.png');
    await writeFile(broken, 'not an image');
    const { train: files } = await openClassFolders(folder);
    const seen: number[] = [];
    const read = async () => {
      for await (const batch of batches(files, { batchSize: 2, prefetch: 4 })) seen.push(batch.index);
    };
    const error = await read().catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(DatasetError);
    expect(error).toMatchObject({ code: 'broken-file' });
    expect((error as Error).message).toContain(`${broken} is neither JPEG nor PNG`);
    expect(seen).toEqual([0]);
    expect(running()).toBe(0);
  });
});
