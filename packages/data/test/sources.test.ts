import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile, symlink, utimes, writeFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeEach, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../test/temporary-folder.js';
import {
  checkDatasetDirectory,
  type DatasetProgress,
  datasets,
  loadDataset,
  loadTextPairs,
  textPairDatasets,
} from '../src/index.js';
import { type Answer, sendWhole, serve } from './file-server.js';
import { tinyIdxSet } from './tiny-set.js';
import { writeAll } from './writers.js';

const UNREACHABLE = 'http://127.0.0.1:65535/';
const { files } = tinyIdxSet([]);
const names = [...files.keys()];

let cache: string;
let events: DatasetProgress[];
const onProgress = (event: DatasetProgress) => events.push(event);
const cached = () => join(cache, 'tiny');
const web = (base: string) => tinyIdxSet([{ kind: 'web', base }]).declaration;
/**
 * Sends the first 10 bytes and breaks the connection once they have been written to the cache: fetch drops what nobody
 * has read yet.
 */
const breakOff = (response: ServerResponse, bytes: Buffer) => {
  response.writeHead(200, { 'content-length': bytes.length });
  response.write(bytes.subarray(0, 10));
  const watch = setInterval(() => {
    if (!events.some((event) => event.kind === 'download' && event.received === 10)) return;
    clearInterval(watch);
    response.destroy();
  }, 5);
};
const skipped = () => events.filter((event) => event.kind === 'skipped');

beforeEach(async () => {
  cache = temporaryFolder();
  events = [];
});

describe('the web', () => {
  it('fills the cache, which is enough the next time', async () => {
    const { base, requests } = await serve(files);
    const first = await loadDataset(web(base), { cache, onProgress });
    expect([first.train.count, first.test.count]).toEqual([40, 10]);
    expect(requests).toEqual(names);
    expect((await readdir(cached())).sort()).toEqual([...names].sort());
    const total = [...files.values()].reduce((sum, { length }) => sum + length, 0);
    expect(events.at(-2)).toEqual({ kind: 'download', source: base, received: total, total });
    expect(events.at(-1)).toEqual({ kind: 'fetched', source: base });

    events = [];
    expect(await loadDataset(web(base), { cache, onProgress })).toEqual(first);
    expect(requests).toHaveLength(4);
    expect(events).toEqual([]);
  });

  it('goes on where a connection broke', async () => {
    const cut: Answer = (request, response, bytes) => {
      if (request.headers.range) return sendWhole(request, response, bytes);
      breakOff(response, bytes);
    };
    const { base, requests } = await serve(files, cut);
    expect((await loadDataset(web(base), { cache, onProgress })).train.count).toBe(40);
    expect(requests.slice(0, 2)).toEqual([names[0], `${names[0]} bytes=10-`]);
  });

  it('starts again where a server knows no ranges', async () => {
    let times = 0;
    const { base } = await serve(files, (_request, response, bytes) => {
      if (times++ === 0) return breakOff(response, bytes);
      response.writeHead(200, { 'content-length': bytes.length }).end(bytes);
    });
    expect((await loadDataset(web(base), { cache, onProgress })).train.count).toBe(40);
  });

  const failures: [string, Answer, string | RegExp][] = [
    ['missing files', (_request, response) => void response.writeHead(404).end(), /train-images\.gz: answered 404/],
    [
      'other files of the same size',
      (_request, response, bytes) => void response.end(Buffer.alloc(bytes.length)),
      /not the declared file: train-images\.gz has sha256 [0-9a-f]{64}, expected [0-9a-f]{64}$/,
    ],
    [
      'longer files',
      (_request, response, bytes) => void response.end(Buffer.concat([bytes, bytes])),
      /is longer than the expected \d+ bytes/,
    ],
    [
      'shorter files',
      (_request, response, bytes) => void response.end(bytes.subarray(0, 10)),
      /ended after 10 of \d+ bytes/,
    ],
  ];
  it.each(failures)('that has %s is skipped, and leaves nothing in the cache', async (_name, answer, reason) => {
    const { base } = await serve(files, answer);
    await expect(loadDataset(web(base), { cache, onProgress })).rejects.toMatchObject({ code: 'unavailable' });
    expect(skipped()[0]).toMatchObject({ source: base, reason: expect.stringMatching(reason) });
    expect(await readdir(cached())).toEqual([]);
  });

  it('is given up when it does not answer, and the next source asked', async () => {
    const silent = await serve(files, () => {});
    const { base } = await serve(files);
    const { declaration } = tinyIdxSet(
      [UNREACHABLE, silent.base, base].map((address) => ({ kind: 'web', base: address })),
    );
    const start = performance.now();
    expect((await loadDataset(declaration, { cache, onProgress })).train.count).toBe(40);
    expect(performance.now() - start).toBeLessThan(10_000);
    expect(skipped().map(({ reason }) => reason)).toEqual([
      expect.stringContaining('ECONNREFUSED'),
      expect.stringContaining('no answer for 6 s'),
    ]);
  });

  it('stops at an abort and leaves nothing behind', async () => {
    const { base } = await serve(files, (_request, response, bytes) => {
      response.writeHead(200, { 'content-length': bytes.length });
      response.write(bytes.subarray(0, 20));
    });
    const controller = new AbortController();
    const loading = loadDataset(web(base), { cache, signal: controller.signal, onProgress: () => controller.abort() });
    await expect(loading).rejects.toMatchObject({ name: 'AbortError' });
    expect(await readdir(cached())).toEqual([]);
  });
});

describe('the cache', () => {
  it('is refused by name where it is broken, and mended', async () => {
    await writeAll(cached(), files);
    const path = join(cached(), 'train-labels.gz');
    await writeFile(path, (await readFile(path)).subarray(0, 20));
    const { base, requests } = await serve(files);
    expect((await loadDataset(web(base), { cache, onProgress })).train.count).toBe(40);
    expect(skipped()[0]).toEqual({
      kind: 'skipped',
      source: 'cache',
      reason: `${path} has 20 bytes, expected ${files.get('train-labels.gz')!.length}`,
    });
    expect(requests).toEqual(['train-labels.gz']);
    expect(await readFile(path)).toEqual(files.get('train-labels.gz'));
  });

  it('loses what a killed process left behind, but not what another is writing', async () => {
    const [old, young] = [join(cached(), '.fetching-old'), join(cached(), '.fetching-young')];
    await mkdir(old, { recursive: true });
    await mkdir(young);
    await writeFile(join(old, 'train-images.gz'), 'half');
    const longAgo = new Date(Date.now() - 2 * 60 * 60 * 1000);
    await utimes(join(old, 'train-images.gz'), longAgo, longAgo);
    await utimes(old, longAgo, longAgo);
    const { base } = await serve(files);
    await loadDataset(web(base), { cache, onProgress });
    expect((await readdir(cached())).filter((name) => name.startsWith('.'))).toEqual(['.fetching-young']);
  });
});

describe('a given directory', () => {
  const loading = (directory: string) => loadDataset(web(UNREACHABLE), { cache, directory, onProgress });

  it('is all that is looked into', async () => {
    const directory = temporaryFolder();
    await writeAll(directory, files);
    expect((await loading(directory)).train.count).toBe(40);
    expect(events).toEqual([]);
  });

  it('without all files is refused, although the cache has them', async () => {
    await writeAll(cached(), files);
    const directory = temporaryFolder();
    const lookedFor = `${directory} does not hold Tiny: looked for ${names.join(', ')}; `;
    const advice = 'or none (--data-dir; in code: directory), and it is fetched.';
    await expect(loading(directory)).rejects.toMatchObject({
      code: 'wrong-layout',
      message: `${lookedFor}found nothing. Give a directory that has it, ${advice}`,
    });
    // Unpacked, or by another name.
    await writeFile(join(directory, 'train-images'), 'x');
    await writeAll(directory, new Map([...files].slice(1)));
    await expect(loading(directory)).rejects.toMatchObject({
      code: 'wrong-layout',
      message: expect.stringContaining(
        `${lookedFor}missing: train-images.gz; found 4 files (test-images.gz, test-labels.gz, train-images, ` +
          'train-labels.gz). Give',
      ),
    });
    const outer = temporaryFolder();
    await writeAll(join(outer, 'Tiny', 'raw'), files);
    await expect(loading(join(outer, 'Tiny'))).rejects.toThrow(
      `found the folder raw. Give ${join(outer, 'Tiny', 'raw')}, ${advice}`,
    );
    expect(events).toEqual([]);
  });

  it('with another file than the declared one is refused by name', async () => {
    const directory = temporaryFolder();
    await writeAll(directory, files);
    await writeFile(join(directory, 'train-images.gz'), 'something else');
    await expect(loading(directory)).rejects.toMatchObject({
      code: 'broken-file',
      message: expect.stringContaining(`${join(directory, 'train-images.gz')} has 14 bytes, expected`),
    });
  });

  it('with folders, or nothing that can be read, in place of files is said to have them', async () => {
    const directory = temporaryFolder();
    await mkdir(join(directory, 'train-images.gz'));
    await symlink('train-labels.gz', join(directory, 'train-labels.gz'));
    await expect(loading(directory)).rejects.toThrow(
      `${join(directory, 'train-images.gz')} is no file; ` +
        `${join(directory, 'train-labels.gz')} cannot be read (ELOOP); missing: test-images.gz, test-labels.gz; ` +
        'found the folder train-images.gz, 1 file (train-labels.gz). Give',
    );
  });

  const builtIn = [...datasets.values(), ...textPairDatasets.values()].filter((one) => one.name !== 'synthetic');
  it.each(builtIn.map((one) => [one.name, one] as const))('that lacks %s is refused by that', async (name, one) => {
    const directory = temporaryFolder();
    await mkdir(join(directory, 'somewhere', 'else'), { recursive: true });
    await writeFile(join(directory, 'notes.md'), 'text');
    const refusal = {
      name: 'DatasetError',
      code: 'wrong-layout',
      message: expect.stringMatching(
        new RegExp(`^${directory} (does not hold|has no folder) .*found the folder somewhere, 1 file \\(notes\\.md\\)`),
      ),
    };
    const options = { cache, directory, onProgress };
    const load = one.kind === 'text-pairs' ? loadTextPairs(name, options) : loadDataset(name, options);
    await expect(load).rejects.toMatchObject(refusal);
    // As commands ask before any work.
    await expect(checkDatasetDirectory(one, directory)).rejects.toMatchObject(refusal);
    expect(events).toEqual([]);
  });

  it('is known for what it is by names and sizes, before any work', async () => {
    const directory = temporaryFolder();
    await writeAll(directory, files);
    await checkDatasetDirectory(web(UNREACHABLE), directory);
    for (const folder of ['.', 'cifar-10-batches-bin']) {
      const cifar = temporaryFolder();
      await writeAll(join(cifar, folder), new Map([['data_batch_3.bin', Buffer.alloc(3)]]));
      for (const name of ['cifar10', 'cifar10-jpeg']) await checkDatasetDirectory(datasets.get(name)!, cifar);
      await expect(loadDataset('cifar10', { directory: cifar, onProgress })).rejects.toMatchObject({
        code: 'broken-file',
        message: expect.stringContaining('data_batch_1.bin'),
      });
    }
  });
});

describe('options', () => {
  const loading = (name: string, options: object) => loadDataset(name, { onProgress, ...options });

  it('that would have to be ignored are refused by name', async () => {
    const directory = temporaryFolder();
    await expect(loading('synthetic', { directory })).rejects.toThrow(
      "loadDataset: directory has no meaning for 'synthetic', which is made, not read",
    );
    const size = { height: 8, width: 8 };
    for (const name of ['synthetic', 'cifar10', 'cifar10-jpeg', 'fashion-mnist']) {
      await expect(loading(name, { size })).rejects.toThrow(`loadDataset: size has no meaning for '${name}'`);
    }
    await expect(loading('cifar10', { dir: directory })).rejects.toThrow("loadDataset: options has no 'dir'");
    await expect(loadTextPairs('multi30k', { stream: true } as object)).rejects.toThrow(
      "loadTextPairs: options has no 'stream'",
    );
    expect(events).toEqual([]);
  });

  it.each([
    [{ height: 0, width: 8 }, 'loadDataset: size.height must be an integer in [1, 65535], got 0'],
    [{ height: 8 }, 'loadDataset: size.width must be an integer in [1, 65535], got undefined'],
    [{ height: 8, width: 1e9 }, 'loadDataset: size.width must be an integer in [1, 65535], got 1000000000'],
    [8, 'loadDataset: size must be an object, got 8'],
  ])('with the size %j are refused', async (size, message) => {
    await expect(loading('image-folders', { directory: cache, size })).rejects.toThrow(message);
  });

  it('with a directory that is not there are refused before anything is fetched', async () => {
    const { base, requests } = await serve(files);
    const directory = join(cache, 'nowhere');
    await expect(loadDataset(web(base), { cache, directory, onProgress })).rejects.toThrow(
      `loadDataset: directory must be a directory that is there, got '${directory}', which cannot be read (ENOENT)`,
    );
    await writeFile(directory, 'a file');
    await expect(loadTextPairs('multi30k', { directory, onProgress })).rejects.toThrow(
      `loadTextPairs: directory must be a directory that is there, got '${directory}', which is none`,
    );
    expect(requests).toEqual([]);
  });
});

describe('when nothing works', () => {
  it('the error lists every source with its reason and says what to do', async () => {
    const { base } = await serve(new Map());
    const { declaration } = tinyIdxSet([UNREACHABLE, base].map((address) => ({ kind: 'web', base: address })));
    const error = await loadDataset(declaration, { cache, onProgress }).catch((reason: Error) => reason);
    const lines = (error as Error).message.split('\n');
    expect(lines).toEqual([
      'Tiny could not be had from any of its sources:',
      `  - cache: ${names.join(', ')} not in ${cached()}`,
      expect.stringMatching(/^ {2}- http:\/\/127\.0\.0\.1:65535\/: .*ECONNREFUSED/),
      `  - ${base}: train-images.gz: answered 404 Not Found`,
      `To mend it, give a directory with ${names.join(', ')}: ` +
        "--data-dir DIRECTORY (in code: loadDataset('tiny', {directory})).",
    ]);
  });

  it('an unknown name is answered with the known ones', async () => {
    await expect(loadDataset('mnist')).rejects.toThrow(
      'no data set is called mnist; there are fashion-mnist, cifar10, cifar10-jpeg, image-folders, synthetic',
    );
    await expect(loadDataset('CIFAR-10')).rejects.toThrow("synthetic; did you mean 'cifar10'?");
  });
});

describe('processes', () => {
  const script = fileURLToPath(new URL('./load-tiny.ts', import.meta.url));
  const start = (base: string) => {
    const child = spawn(process.execPath, ['--conditions=winnow-source', '--import', 'tsx', script, base, cache]);
    let output = '';
    child.stdout.on('data', (text) => {
      output += text;
    });
    child.stderr.on('data', (text) => {
      output += text;
    });
    return { child, ended: once(child, 'close').then(([code]) => ({ code, output })) };
  };
  /** Sends a file in small pieces, so that there is time to meet or to be killed. */
  const slowly: Answer = async (_request, response, bytes) => {
    response.writeHead(200, { 'content-length': bytes.length });
    for (let i = 0; i < bytes.length; i += 20) {
      response.write(bytes.subarray(i, i + 20));
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    response.end();
  };

  it('may fetch the same set at once', async () => {
    const { base } = await serve(files, slowly);
    const ends = await Promise.all([start(base), start(base), start(base)].map(({ ended }) => ended));
    for (const { code, output } of ends) expect([code, output]).toEqual([0, expect.stringContaining('loaded 40')]);
    expect((await readdir(cached())).sort()).toEqual([...names].sort());
  });

  it.each(['SIGINT', 'SIGKILL'] as const)(
    'may be ended in the middle by %s: the next one is not disturbed',
    async (signal) => {
      const { base } = await serve(files, slowly);
      const { child, ended } = start(base);
      await once(child.stdout, 'data');
      child.kill(signal);
      expect((await ended).output).not.toContain('loaded');
      expect((await readdir(cached())).filter((name) => !name.startsWith('.'))).toEqual([]);
      const next = await start(base).ended;
      expect([next.code, next.output]).toEqual([0, expect.stringContaining('loaded 40')]);
    },
  );
});
