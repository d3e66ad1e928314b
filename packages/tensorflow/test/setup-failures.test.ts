import { spawnSync } from 'node:child_process';
import { chmodSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../../test/temporary-folder.js';
import { diagnoseTensorflow } from '../src/install/diagnose.js';
import { type InstallOptions, install } from '../src/install/install.js';
import { makeWheel } from './support/fake-wheel.js';
import { isolatedEnvironment } from './support/world.js';

const { releases } = makeWheel();
const platform = { os: 'linux', arch: 'x64', glibc: '2.36' };
const isolated = (changes: Record<string, string> = {}) => ({
  ...isolatedEnvironment(temporaryFolder(), 'http://127.0.0.1:9/simple'),
  ...changes,
});
const setup = (env: InstallOptions['env'], changes: InstallOptions = {}) =>
  install({ env, releases, platform, quiet: true, ...changes });

// A PATH that holds only what is named, taken from this machine's.
function pathWith(...names: string[]): string {
  const folder = temporaryFolder();
  for (const name of names) {
    const found = spawnSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).stdout.trim();
    symlinkSync(found, join(folder, name));
  }
  return folder;
}

test.each([
  [{ os: 'darwin', arch: 'arm64', glibc: undefined }, 'this is darwin arm64.'],
  [{ os: 'linux', arch: 'arm64', glibc: '2.36' }, 'this is linux arm64 with glibc 2.36.'],
  [{ os: 'linux', arch: 'x64', glibc: undefined }, 'a C library other than glibc'],
  [{ os: 'linux', arch: 'x64', glibc: '2.17' }, 'glibc 2.17'],
])('platform %o is refused', async (other, text) => {
  await expect(setup(isolated(), { platform: other })).rejects.toMatchObject({
    code: 'WRONG_PLATFORM',
    reason: expect.stringContaining(text),
  });
});

test('no Python', async () => {
  await expect(setup(isolated({ PATH: pathWith('c++', 'cmake', 'make') }))).rejects.toMatchObject({
    code: 'NO_PYTHON',
    command: expect.stringContaining('WINNOW_PYTHON'),
  });
});

test('a Python that does not run, by name', async () => {
  await expect(setup(isolated({ WINNOW_PYTHON: '/nonexistent/python' }))).rejects.toMatchObject({
    code: 'NO_PYTHON',
    reason: expect.stringContaining('/nonexistent/python'),
  });
});

test('a Python that is too old, by version', async () => {
  const python = join(temporaryFolder(), 'python');
  writeFileSync(python, '#!/bin/sh\necho 3.7.9\n');
  chmodSync(python, 0o755);
  await expect(setup(isolated({ WINNOW_PYTHON: python }))).rejects.toMatchObject({
    code: 'NO_PYTHON',
    reason: expect.stringContaining('is Python 3.7.9'),
  });
});

test('a Python without pip', async () => {
  const folder = temporaryFolder();
  expect(spawnSync('python3', ['-m', 'venv', '--without-pip', folder]).status).toBe(0);
  const env = isolated({ WINNOW_PYTHON: join(folder, 'bin/python') });
  await expect(setup(env)).rejects.toMatchObject({ code: 'NO_PIP', command: expect.stringContaining('pip') });
  expect(diagnoseTensorflow(env, platform).findings.map(({ problem }) => problem?.code)).toContain('NO_PIP');
});

test('no compiler, before anything is downloaded', async () => {
  const failure = { code: 'NO_COMPILER', command: expect.stringContaining('g++') };
  await expect(setup(isolated({ PATH: pathWith('cmake', 'make', 'python3') }))).rejects.toMatchObject(failure);
  await expect(setup(isolated({ CXX: '/nonexistent/c++' }))).rejects.toMatchObject(failure);
});

test('no CMake, or nothing that CMake can build with', async () => {
  await expect(setup(isolated({ PATH: pathWith('c++', 'make') }))).rejects.toMatchObject({ code: 'NO_CMAKE' });
  await expect(setup(isolated({ PATH: pathWith('c++', 'cmake') }))).rejects.toMatchObject({
    code: 'NO_CMAKE',
    reason: expect.stringContaining('make or ninja'),
  });
});

test("nothing is written into a user's directory without TensorFlow", async () => {
  const env = isolated({ WINNOW_TENSORFLOW_DIR: temporaryFolder() });
  await expect(setup(env)).rejects.toMatchObject({ code: 'NOT_INSTALLED' });
});

test('the diagnosis names every problem with its code', () => {
  const { findings, ready } = diagnoseTensorflow(isolated({ PATH: temporaryFolder() }), { ...platform, arch: 'arm64' });
  expect(ready).toBe(false);
  const codes = findings.flatMap(({ problem }) => problem?.code ?? []);
  expect(codes).toEqual(['WRONG_PLATFORM', 'NO_PYTHON', 'NO_COMPILER', 'NO_CMAKE', 'NOT_INSTALLED']);
});
