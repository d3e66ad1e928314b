import { mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cacheDirectory } from '@winnow/system/cache';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../../test/temporary-folder.js';
import { locate } from '../src/locate.js';

test('the cache is WINNOW_CACHE, else in XDG_CACHE_HOME, else in the home directory', () => {
  expect(cacheDirectory({ WINNOW_CACHE: '/a', XDG_CACHE_HOME: '/b', HOME: '/c' })).toBe('/a');
  expect(cacheDirectory({ XDG_CACHE_HOME: '/b', HOME: '/c' })).toBe('/b/winnow');
  expect(cacheDirectory({ HOME: '/c' })).toBe('/c/.cache/winnow');
});

test('an empty cache: not installed, with the future path', () => {
  const cache = temporaryFolder();
  const location = locate({ env: { WINNOW_CACHE: cache, WINNOW_TENSORFLOW_BUILD: 'cuda' } });
  expect(location).toMatchObject({
    directory: join(cache, 'tensorflow/2.21.0-cuda'),
    binding: join(cache, 'tensorflow/2.21.0-cuda/tfjs-node-gpu-4.22.0-napi8/tfjs_binding.node'),
    build: 'cuda',
    version: '2.21.0',
    ready: false,
    missing: 'files',
    problems: [{ code: 'NOT_INSTALLED', command: expect.stringContaining('setup') }],
  });
});

test('a build that does not exist is refused by name', () => {
  expect(() => locate({ env: { WINNOW_TENSORFLOW_BUILD: 'tpu' } })).toThrow(/must be cpu or cuda, got "tpu"/);
});

function fakeTensorflow(version?: string): string {
  const directory = join(temporaryFolder(), 'site-packages', 'tensorflow');
  const include = join(directory, 'include/tensorflow/core/public');
  mkdirSync(include, { recursive: true });
  for (const name of ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2'])
    writeFileSync(join(directory, name), name);
  const [major, minor, patch] = version?.split('.') ?? [];
  const lines = [`MAJOR_VERSION ${major}`, `MINOR_VERSION ${minor}`, `PATCH_VERSION ${patch}`]
    .map((line) => `#define TF_${line}\n`)
    .join('');
  if (version) writeFileSync(join(include, 'version.h'), lines);
  return directory;
}

const locateIn = (directory: string) =>
  locate({ env: { WINNOW_TENSORFLOW_DIR: directory, WINNOW_CACHE: '/nonexistent' } });

test('a directory without TensorFlow is refused, naming what it lacks', () => {
  const directory = temporaryFolder();
  mkdirSync(join(directory, 'include'));
  expect(locateIn(directory).problems).toMatchObject([
    {
      code: 'NOT_INSTALLED',
      reason: expect.stringMatching(/lacks libtensorflow_cc.so.2, libtensorflow_framework.so.2/),
    },
  ]);
});

test('another version is refused: version from the header', () => {
  expect(locateIn(fakeTensorflow('2.9.1'))).toMatchObject({
    version: '2.9.1',
    missing: 'files',
    problems: [{ code: 'WRONG_VERSION', reason: expect.stringContaining('holds TensorFlow 2.9.1') }],
  });
});

test('another version is refused: version from the metadata next to it', () => {
  const directory = fakeTensorflow();
  mkdirSync(join(directory, '..', 'tensorflow_cpu-2.20.0.dist-info'));
  expect(locateIn(directory).problems).toMatchObject([{ code: 'WRONG_VERSION' }]);
});

test('a right version only lacks its binding, and an upgrade in place lacks it again', () => {
  const directory = fakeTensorflow('2.21.3');
  const location = locateIn(directory);
  expect(location).toMatchObject({ build: 'external', version: '2.21.3', missing: 'binding' });
  expect(location.binding).toMatch(/^\/nonexistent\/tensorflow\/bindings\/[0-9a-f]{16}\/tfjs-node-gpu/);
  utimesSync(join(directory, 'libtensorflow_cc.so.2'), 1, 1);
  expect(locateIn(directory).binding).not.toBe(location.binding);
});
