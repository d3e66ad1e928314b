import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { obstacleToDirectory, obstacleToFile, writeFileAtomicSync } from '@winnow/system/files';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../test/temporary-folder.js';

const folder = temporaryFolder();
const at = (...parts: string[]) => join(folder, ...parts);
const sources = fileURLToPath(new URL('../src/obstacles.ts', import.meta.url));
mkdirSync(at('folder'));
writeFileSync(at('file'), 'text');
writeFileSync(at('read-only'), 'text');
chmodSync(at('read-only'), 0o444);
symlinkSync(at('nothing'), at('dangling'));
symlinkSync(at('folder'), at('link'));

describe('a folder', () => {
  it.each([['folder'], ['new'], ['new/er/still'], ['link'], ['link/new']])('can be written to at %s', (path) => {
    expect(obstacleToDirectory(at(path))).toBeUndefined();
  });

  it.each([
    ['file', `${at('file')} is not a directory`],
    ['file/a', `${at('file')} is not a directory`],
    ['file/a/b', `${at('file')} is not a directory`],
    ['dangling', `${at('dangling')} is a link to nothing`],
    ['dangling/a', `${at('dangling')} is a link to nothing`],
    [`${'x'.repeat(300)}/a`, `${at('x'.repeat(300), 'a')} cannot be written to (ENAMETOOLONG)`],
  ])('cannot be made at %s', (path, obstacle) => {
    expect(obstacleToDirectory(at(path))).toBe(obstacle);
  });
});

describe('a file', () => {
  it.each([['file'], ['new'], ['fresh/er'], ['link/new']])('can be written at %s', (path) => {
    expect(obstacleToFile(at(path))).toBeUndefined();
    writeFileAtomicSync(at(path), 'text');
    expect(readFileSync(at(path), 'utf8')).toBe('text');
  });

  it.each([
    ['folder', `${at('folder')} is a directory`],
    ['read-only', `${at('read-only')} is read-only`],
    ['file/a', `${at('file')} is not a directory`],
    ['dangling', `${at('dangling')} is a link to nothing`],
    // The name fits, the longer one that it is written under first does not.
    ['x'.repeat(250), `${at('x'.repeat(250))} cannot be written to (its name is too long)`],
  ])('cannot be written at %s', (path, obstacle) => {
    expect(obstacleToFile(at(path))).toBe(obstacle);
  });

  it('does not take the place of a device', () => {
    expect(obstacleToFile('/dev/null')).toBe('/dev/null is not a regular file');
  });
});

it('says what permissions are missing', () => {
  mkdirSync(at('locked'));
  writeFileSync(at('locked', 'file'), '');
  // Whoever may write the file that a link leads to, may not put another in its place.
  writeFileSync(at('locked', 'open'), '');
  chmodSync(at('locked', 'open'), 0o666);
  symlinkSync(at('locked', 'open'), at('way'));
  chmodSync(at('locked'), 0o555);
  chmodSync(folder, 0o755);
  // They say nothing to root, and what a process may write goes by its real user: so a process of its own.
  const script = `
    import { obstacleToDirectory, obstacleToFile } from '${sources}';
    if (process.getuid() === 0) process.setuid(65534);
    const locked = process.argv[1];
    const files = [locked + '/file', '${at('way')}'].map(obstacleToFile);
    const asked = [obstacleToDirectory(locked + '/new'), ...files];
    console.log(JSON.stringify(asked));`;
  const { stdout, stderr } = spawnSync(
    process.execPath,
    ['--import', import.meta.resolve('tsx'), '--input-type=module', '--eval', script, at('locked')],
    { encoding: 'utf8' },
  );
  expect(stderr).toBe('');
  const file = process.getuid?.() === 0 ? at('locked', 'file') : at('locked');
  expect(JSON.parse(stdout)).toEqual([
    `${at('locked')} cannot be written to (EACCES)`,
    `${file} cannot be written to (EACCES)`,
    `${at('locked')} cannot be written to (EACCES)`,
  ]);
});

it('changes nothing', () => {
  const before = readdirSync(folder);
  for (const ask of [obstacleToDirectory, obstacleToFile]) ask(at('some', 'where'));
  expect(readdirSync(folder)).toEqual(before);
});
