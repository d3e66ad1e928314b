// Compiles the real binding against the TensorFlow that is set up, as if it were a directory of the user's own.
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, readdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { locateTensorflow } from '@winnow/tensorflow/setup';
import { expect, test, vi } from 'vitest';
import { temporaryFolder } from '../../../test/temporary-folder.js';
import { type InstallOptions, install } from '../src/install/install.js';
import { locate } from '../src/locate.js';

// A compilation takes seconds on an idle machine, and far more on a busy one.
vi.setConfig({ testTimeout: 300_000 });

const { directory } = locateTensorflow();
const loadScript = `
  const binding = require(process.argv[1]);
  process.stdout.write(binding.TF_Version);
`;
const load = (binding: string) => spawnSync(process.execPath, ['-e', loadScript, binding], { encoding: 'utf8' });

function external(tensorflow: string): { env: Record<string, string | undefined>; cache: string } {
  const cache = temporaryFolder();
  return { cache, env: { ...process.env, WINNOW_CACHE: cache, WINNOW_TENSORFLOW_DIR: tensorflow } };
}

test("the binding for a user's directory is compiled once, into the cache; a damaged one is recompiled", async () => {
  const { env, cache } = external(directory);
  const stages: string[] = [];
  const options: InstallOptions = { env, quiet: true, onProgress: ({ stage }) => stages.push(stage) };
  const location = await install(options);
  expect(location).toMatchObject({ ready: true, build: 'external', version: '2.21.0', directory });
  expect(location.binding.startsWith(cache)).toBe(true);
  expect(new Set(stages)).toEqual(new Set(['compile']));
  expect(load(location.binding).stdout).toBe('2.21.0');
  expect(readdirSync(dirname(dirname(location.binding)))).toEqual(['tfjs-node-gpu-4.22.0-napi8']);

  stages.length = 0;
  await install(options);
  expect(stages).toEqual([]);

  truncateSync(location.binding, 1000);
  expect(locate({ env })).toMatchObject({ missing: 'binding', problems: [{ code: 'BROKEN_INSTALLATION' }] });
  await install(options);
  expect(load(location.binding).stdout).toBe('2.21.0');
});

test('the cache can be moved', () => {
  const moved = join(temporaryFolder(), 'moved');
  const { binding } = locateTensorflow();
  const folder = join(moved, 'tfjs-node-gpu');
  cpSync(dirname(binding), folder, { recursive: true });
  for (const name of readdirSync(directory).filter((name) => name.startsWith('lib'))) {
    symlinkSync(join(directory, name), join(moved, name));
  }
  expect(load(join(folder, 'tfjs_binding.node')).stdout).toBe('2.21.0');
});

test('a TensorFlow that does not load is reported as broken, and leaves no binding', async () => {
  const broken = temporaryFolder();
  symlinkSync(join(directory, 'include'), join(broken, 'include'));
  cpSync(join(directory, 'libtensorflow_framework.so.2'), join(broken, 'libtensorflow_framework.so.2'));
  // Enough for the linker, not for the loader: it lacks every symbol.
  const source = join(broken, 'empty.c');
  writeFileSync(source, 'int winnow_empty;');
  const library = join(broken, 'libtensorflow_cc.so.2');
  spawnSync('cc', ['-shared', '-Wl,-soname,libtensorflow_cc.so.2', source, '-o', library]);
  const { env } = external(broken);
  await expect(install({ env, quiet: true })).rejects.toMatchObject({
    code: 'BROKEN_INSTALLATION',
    reason: expect.stringMatching(/does not load[\s\S]*undefined symbol: TF/),
  });
  expect(existsSync(locate({ env }).binding)).toBe(false);
});

test('a compiler that fails is reported with the end of its log', async () => {
  const compiler = join(temporaryFolder(), 'c++');
  writeFileSync(compiler, '#!/bin/sh\n[ "$1" = --version ] && exit 0\necho "this compiler is broken" >&2\nexit 1\n');
  chmodSync(compiler, 0o755);
  const { env } = external(directory);
  await expect(install({ env: { ...env, CXX: compiler }, quiet: true })).rejects.toMatchObject({
    code: 'BUILD_FAILED',
    reason: expect.stringMatching(/whole log: .*build\.log/),
  });
});
