import { existsSync, mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { temporaryFolder } from '../../../test/temporary-folder.js';
import { fetchTensorflow } from '../src/install/fetch.js';
import { findPython } from '../src/install/python.js';
import type { SetupProgress } from '../src/install/stages.js';
import { locate } from '../src/locate.js';
import { type FakeWheel, fakeHeader, makeWheel } from './support/fake-wheel.js';
import { type Behaviour, type IndexServer, serveIndex } from './support/index-server.js';
import { isolatedEnvironment } from './support/world.js';

const python = findPython();
const wheel = makeWheel();
let world: World;

interface World {
  server: IndexServer;
  env: Record<string, string | undefined>;
  folder: string;
  partial: string;
  events: SetupProgress[];
  /** Runs a fetch to its end and gives the lock back. */
  fetch(served?: FakeWheel): Promise<void>;
}

async function makeWorld(changes: Partial<Behaviour> = {}): Promise<World> {
  const server = await serveIndex(wheel, changes);
  onTestFinished(() => server.close());
  const cache = temporaryFolder();
  const env = isolatedEnvironment(cache, server.url);
  const events: SetupProgress[] = [];
  return {
    server,
    env,
    events,
    folder: join(cache, 'tensorflow', '2.21.0-cpu'),
    partial: join(cache, 'tensorflow', `${wheel.release.filename}.partial`),
    async fetch({ release } = wheel) {
      const lock = await fetchTensorflow(release, python, env, (event) => events.push(event));
      await lock.release();
    },
  };
}

const messages = () => world.events.flatMap(({ message }) => message ?? []);
const downloads = () => world.server.requests.filter(({ path }) => path.includes('/files/'));

function expectComplete({ folder, partial }: World): void {
  expect(readFileSync(join(folder, 'include/tensorflow/answer.h'), 'utf8')).toBe(fakeHeader);
  expect(readdirSync(folder).sort()).toEqual([
    'include',
    'libtensorflow_cc.so.2',
    'libtensorflow_framework.so.2',
    'winnow.json',
  ]);
  const left = readdirSync(join(folder, '..')).filter((name) => !name.startsWith('.lock-'));
  expect(left).toEqual(['2.21.0-cpu']);
  expect(existsSync(partial)).toBe(false);
}

describe('finding the wheel', () => {
  test.each(['json', 'html'] as const)('on an index that answers %s', async (page) => {
    world = await makeWorld({ page });
    await world.fetch();
    expectComplete(world);
    const stages = new Set(world.events.map(({ stage }) => stage));
    expect([...stages]).toEqual(['locate', 'download', 'verify', 'extract']);
  });

  test('makes no request if the work is done', async () => {
    world = await makeWorld();
    await world.fetch();
    await world.server.close();
    await world.fetch();
    expectComplete(world);
  });

  test('on the extra index, with the login of its URL', async () => {
    world = await makeWorld({ login: 'me:p@ss' });
    world.env['PIP_EXTRA_INDEX_URL'] = world.server.url.replace('//', '//me:p%40ss@');
    world.env['PIP_INDEX_URL'] = world.server.url.replace('/simple', '/nothing');
    await world.fetch();
    expectComplete(world);
  });

  test("through pip's proxy", async () => {
    world = await makeWorld();
    world.env['PIP_PROXY'] = world.server.url.replace('/simple', '');
    world.env['PIP_INDEX_URL'] = 'http://index.invalid/simple/';
    await world.fetch();
    expectComplete(world);
    expect(world.server.requests[0]!.path).toBe('http://index.invalid/simple/winnow-fake/');
  });

  test('in a folder of find-links, without any index', async () => {
    world = await makeWorld();
    const links = temporaryFolder();
    writeFileSync(join(links, wheel.release.filename), wheel.bytes);
    Object.assign(world.env, { PIP_FIND_LINKS: `/nonexistent ${links}`, PIP_NO_INDEX: '1' });
    await world.fetch();
    expectComplete(world);
    expect(world.server.requests).toEqual([]);
    expect(existsSync(join(links, wheel.release.filename))).toBe(true);
  });

  test("in a user's file", async () => {
    world = await makeWorld();
    const path = join(temporaryFolder(), 'any-name.whl');
    writeFileSync(path, wheel.bytes);
    world.env['WINNOW_TENSORFLOW_WHEEL'] = path;
    await world.fetch();
    expectComplete(world);
    expect(world.server.requests).toEqual([]);
    expect(existsSync(path)).toBe(true);
  });

  test('through pip itself if the index only answers pip, and says so', async () => {
    world = await makeWorld({ onlyPip: true });
    await world.fetch();
    expectComplete(world);
    expect(messages().join()).toMatch(/could not be read directly \(.*503.*Trying `pip download`/);
  });
});

describe('a download that is cut off', () => {
  test('resumes where it stopped', async () => {
    world = await makeWorld({ cuts: [100_000] });
    await world.fetch();
    expectComplete(world);
    expect(downloads().map(({ range }) => range)).toEqual([undefined, 'bytes=100000-']);
    expect(messages().join()).toContain('cut off');
  });

  test('starts again if the server cannot resume', async () => {
    world = await makeWorld({ cuts: [100_000], resumes: false });
    await world.fetch();
    expectComplete(world);
  });

  test('in an earlier run is resumed', async () => {
    world = await makeWorld();
    mkdirSync(join(world.partial, '..'));
    writeFileSync(world.partial, wheel.bytes.subarray(0, 50_000));
    await world.fetch();
    expectComplete(world);
    expect(downloads().map(({ range }) => range)).toEqual(['bytes=50000-']);
  });
});

describe('broken bytes', () => {
  test('are refused, and leave nothing behind', async () => {
    const bytes = Buffer.from(wheel.bytes);
    bytes[1000]! ^= 1;
    world = await makeWorld({ bytes });
    await expect(world.fetch()).rejects.toMatchObject({ code: 'CHECKSUM', command: expect.stringContaining('setup') });
    expect(existsSync(world.folder)).toBe(false);
    expect(existsSync(world.partial)).toBe(false);
    expect(downloads().length).toBe(1);
  });

  test('of an earlier run are fetched again', async () => {
    world = await makeWorld();
    mkdirSync(join(world.partial, '..'));
    writeFileSync(world.partial, Buffer.alloc(50_000, 1));
    await world.fetch();
    expectComplete(world);
    expect(downloads().map(({ range }) => range)).toEqual(['bytes=50000-', undefined]);
  });

  test("of the user's file are refused, and the file is left alone", async () => {
    world = await makeWorld();
    const path = join(temporaryFolder(), 'broken.whl');
    writeFileSync(path, 'no wheel');
    world.env['WINNOW_TENSORFLOW_WHEEL'] = path;
    await expect(world.fetch()).rejects.toMatchObject({
      code: 'CHECKSUM',
      reason: expect.stringContaining(path),
      command: expect.stringContaining('unset WINNOW_TENSORFLOW_WHEEL'),
    });
    expect(readFileSync(path, 'utf8')).toBe('no wheel');
    world.env['WINNOW_TENSORFLOW_WHEEL'] = '/nonexistent.whl';
    await expect(world.fetch()).rejects.toMatchObject({ code: 'INVALID_SETTING' });
  });
});

describe('what cannot be fetched', () => {
  test('an index without the file', async () => {
    world = await makeWorld({ page: 'empty' });
    await expect(world.fetch()).rejects.toMatchObject({
      code: 'INDEX_MISS',
      reason: expect.stringContaining(`${world.server.url}/winnow-fake/ has no ${wheel.release.filename}`),
      command: expect.stringContaining('WINNOW_TENSORFLOW_WHEEL'),
    });
  });

  test('an index with another file of that name', async () => {
    world = await makeWorld();
    const other = makeWheel();
    await expect(world.fetch(other)).rejects.toMatchObject({
      code: 'INDEX_MISS',
      reason: expect.stringContaining('another SHA-256'),
    });
  });

  test('an index that cannot be reached', async () => {
    world = await makeWorld();
    await world.server.close();
    await expect(world.fetch()).rejects.toMatchObject({ code: 'NETWORK', command: expect.stringContaining('network') });
    expect(messages().join()).toContain('Trying `pip download`');
  });

  test('a page that is neither JSON nor HTML', async () => {
    world = await makeWorld({ page: 'nonsense' });
    await expect(world.fetch()).rejects.toMatchObject({ reason: expect.stringContaining('cannot be understood') });
  });

  test('more than the disk holds, before anything is downloaded', async () => {
    world = await makeWorld();
    const huge = makeWheel(1000, { unpackedSize: 2 ** 50 });
    await expect(world.fetch(huge)).rejects.toMatchObject({
      code: 'DISK_SPACE',
      reason: expect.stringMatching(/needs \d+ MiB in .* where \d+ MiB are free/),
    });
    expect(world.server.requests).toEqual([]);
  });

  test('anything, into a cache that is a file', async () => {
    world = await makeWorld();
    world.env['WINNOW_CACHE'] = join(temporaryFolder(), 'file');
    writeFileSync(world.env['WINNOW_CACHE'], '');
    await expect(world.fetch()).rejects.toMatchObject({ code: 'CACHE_UNWRITABLE' });
  });
});

describe('what is already in the cache', () => {
  test('unfinished folders and leftovers are replaced', async () => {
    world = await makeWorld();
    const leftover = join(world.folder, '..', '.unpacking-2.21.0-cpu');
    for (const folder of [world.folder, leftover]) {
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, 'libtensorflow_cc.so.2'), 'half');
      writeFileSync(join(folder, 'junk'), '');
    }
    expect(locate({ env: world.env }).problems).toMatchObject([
      { code: 'NOT_INSTALLED', reason: expect.stringContaining('is incomplete') },
    ]);
    await world.fetch();
    expectComplete(world);
  });

  test('a truncated library is noticed and fetched again', async () => {
    world = await makeWorld();
    await world.fetch();
    truncateSync(join(world.folder, 'libtensorflow_cc.so.2'), 1000);
    expect(locate({ env: world.env })).toMatchObject({
      ready: false,
      missing: 'files',
      problems: [{ code: 'BROKEN_INSTALLATION', reason: expect.stringContaining('1000 bytes instead of 300000') }],
    });
    await world.fetch();
    expectComplete(world);
    expect(locate({ env: world.env }).missing).toBe('binding');
  });
});
