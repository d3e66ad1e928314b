import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { temporaryFolder } from '../../../test/temporary-folder.js';
import { makeWheel } from './support/fake-wheel.js';
import { type Behaviour, serveIndex } from './support/index-server.js';
import { type Child, isolatedEnvironment, startChild } from './support/world.js';

async function makeWorld(librarySize: number, changes: Partial<Behaviour> = {}) {
  const wheel = makeWheel(librarySize);
  const server = await serveIndex(wheel, changes);
  onTestFinished(() => server.close());
  const cache = temporaryFolder();
  const start = (...args: string[]): Child =>
    startChild('fetch-child.ts', [JSON.stringify(wheel.release), ...args], isolatedEnvironment(cache, server.url));
  const folder = join(cache, 'tensorflow');
  return { wheel, server, folder, start, partial: join(folder, `${wheel.release.filename}.partial`) };
}

const downloads = (requests: readonly { path: string }[]) => requests.filter(({ path }) => path.startsWith('/files/'));
const isComplete = (folder: string) => existsSync(join(folder, '2.21.0-cpu', 'winnow.json'));

test('of two simultaneous processes the second waits, says so, and finds the work done', async () => {
  const { server, folder, start } = await makeWorld(300_000, { held: true });
  const first = start();
  await first.said('stage download');
  const second = start();
  await second.said('Another process is setting TensorFlow up');
  server.behaviour.held = false;
  const ends = await Promise.all([first.ended, second.ended]);
  expect(ends.map(({ code }) => code)).toEqual([0, 0]);
  expect(ends[1]!.stdout).not.toContain('stage download');
  expect(downloads(server.requests)).toHaveLength(1);
  expect(isComplete(folder)).toBe(true);
});

test('a process killed while downloading frees the lock, and the next one resumes', async () => {
  const { server, folder, start, partial } = await makeWorld(2_000_000, { slowness: 20 });
  expect(await start('download').ended).toMatchObject({ signal: 'SIGKILL' });
  // What arrived before the kill; the Python process may write a last piece before it notices.
  expect(statSync(partial).size).toBeGreaterThan(0);
  server.behaviour.slowness = 0;
  const second = await start().ended;
  expect(second).toMatchObject({ code: 0, stdout: expect.stringContaining('Resuming') });
  expect(downloads(server.requests).at(-1)).toMatchObject({ range: expect.stringMatching(/^bytes=[1-9]\d*-$/) });
  expect(isComplete(folder)).toBe(true);
});

test('a process killed while unpacking leaves nothing under the final name; the next needs no network', async () => {
  const { server, folder, start } = await makeWorld(64_000_000);
  expect(await start('extract').ended).toMatchObject({ signal: 'SIGKILL' });
  expect(existsSync(join(folder, '2.21.0-cpu'))).toBe(false);
  await server.close();
  expect(await start().ended).toMatchObject({ code: 0 });
  expect(isComplete(folder)).toBe(true);
  expect(readdirSync(folder).filter((name) => name.startsWith('.unpacking'))).toEqual([]);
});

test.each([
  ['SIGINT', 'the group'],
  ['SIGTERM', 'the process'],
] as const)('%s to %s while downloading ends it, and the next one resumes', async (signal, target) => {
  const { server, folder, start } = await makeWorld(2_000_000, { slowness: 20 });
  const child = start();
  await child.said('stage download');
  const pid = child.process.pid!;
  process.kill(target === 'the group' ? -pid : pid, signal);
  expect(await child.ended).toMatchObject({ signal });
  server.behaviour.slowness = 0;
  expect(await start().ended).toMatchObject({ code: 0 });
  expect(isComplete(folder)).toBe(true);
});
