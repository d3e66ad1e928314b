import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, it } from 'vitest';
import { checkOutputPath } from '../../src/cli/output-path.js';

const folder = mkdtempSync(join(tmpdir(), 'winnow-output-'));
const root = fileURLToPath(new URL('../../../..', import.meta.url));
const file = join(folder, 'file');
writeFileSync(file, '');
afterAll(() => rmSync(folder, { recursive: true }));

it('takes folders that are there or can be made', () => {
  checkOutputPath('--out', folder, 'directory');
  checkOutputPath('--out', join(folder, 'new', 'er'), 'directory');
  // A file of an earlier sweep.
  checkOutputPath('--out', file, 'files');
});

it('refuses files and what is below them, by option, path and what is there', () => {
  for (const path of [file, join(file, 'a'), join(file, 'a', 'b')]) {
    expect(() => checkOutputPath('x: --out', path, 'directory')).toThrow(
      new RangeError(`x: --out must be a directory that can be written to, got '${path}': ${file} is not a directory`),
    );
  }
  expect(() => checkOutputPath('--figure', join(file, 'a'), 'files')).toThrow(`${file} is not a directory`);
});

it('refuses a folder that is read-only', () => {
  const locked = join(folder, 'locked');
  mkdirSync(locked);
  chmodSync(locked, 0o555);
  chmodSync(folder, 0o755);
  // Permissions say nothing to root, and what a process may write goes by its real user: so a process of its own.
  const script = `
    import { checkOutputPath } from './packages/evaluation/src/cli/output-path.ts';
    if (process.getuid() === 0) process.setuid(65534);
    checkOutputPath('--out', process.argv[1], 'directory');`;
  const { stderr } = spawnSync(
    process.execPath,
    ['--import', 'tsx', '--input-type=module', '--eval', script, join(locked, 'new')],
    { encoding: 'utf8', cwd: root },
  );
  expect(stderr).toContain(`'${join(locked, 'new')}': ${locked} cannot be written to (EACCES)`);
});

it.each([
  ['train', '--out', ['--model', 'resnet8', '--dataset', 'synthetic'], file],
  ['sweep', '--out', [], join(file, 'sub')],
  ['compare', '--out', [], join(file, 'sub')],
  ['translate', '--out', [], file],
  ['demo', '--out', [], file],
  ['report', '--figure', [file], join(file, 'sub')],
] as const)(
  'winnow %s refuses such a %s before any work',
  (command, option, rest, path) => {
    const script = join(root, 'packages/evaluation/src/cli/main.ts');
    const { stderr, status } = spawnSync(
      process.execPath,
      ['--conditions=winnow-source', '--import', 'tsx', script, command, ...rest, option, path],
      { encoding: 'utf8', cwd: root, env: { ...process.env, WINNOW_CACHE: join(folder, 'empty') } },
    );
    expect(stderr).toContain(`winnow ${command}: ${option} must be a`);
    expect(stderr).toContain(`${file} is not a directory`);
    expect(status).toBe(1);
  },
  60_000,
);
