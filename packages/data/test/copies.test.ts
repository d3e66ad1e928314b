import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, expect, it, vi } from 'vitest';
import { temporaryFolder } from '../../../test/temporary-folder.js';
import { type Copy, loadDataset } from '../src/index.js';
import { terminalProgress } from '../src/terminal-progress.js';
import { writeImage } from './writers.js';

let root: string;
const at = (name: string) => join(root, name);
const image = (name: string, value: number) => writeImage(at(name), 2, 2, [value, 2, 3]);

beforeEach(async () => {
  root = temporaryFolder();
  await image('train/cat/1.png', 1);
  await image('train/dog/1.png', 2);
  await image('test/cat/1.png', 3);
  await image('test/dog/1.png', 4);
});

async function copies(stream = false): Promise<readonly Copy[]> {
  let found: readonly Copy[] = [];
  const set = await loadDataset('image-folders', {
    directory: root,
    stream,
    onProgress: (event) => {
      if (event.kind === 'copies') found = event.entries;
    },
  });
  expect(set.train.count + set.test.count).toBeGreaterThanOrEqual(4);
  return found;
}

it.each([false, true])('images with the same bytes are named, stream: %s', async (stream) => {
  expect(await copies(stream)).toEqual([]);
  await copyFile(at('train/cat/1.png'), at('test/cat/other-name.png'));
  await copyFile(at('train/cat/1.png'), at('train/dog/2.png'));
  await copyFile(at('train/cat/1.png'), at('train/cat/2.png'));
  expect(await copies(stream)).toEqual([
    { path: at('train/dog/2.png'), of: at('train/cat/1.png'), where: 'two classes' },
    { path: at('test/cat/other-name.png'), of: at('train/cat/1.png'), where: 'both splits' },
  ]);
});

it('images of the same size and ending that differ before are no copies', async () => {
  const bytes = await readFile(at('train/cat/1.png'));
  // What follows an image's end is no part of it.
  const padded = Buffer.concat([bytes, Buffer.alloc(8192)]);
  const other = Buffer.from(padded);
  other[bytes.length] = 1;
  await writeFile(at('train/cat/1.png'), padded);
  await writeFile(at('test/cat/1.png'), other);
  expect(await copies(true)).toEqual([]);
  await writeFile(at('test/cat/1.png'), padded);
  expect(await copies(true)).toHaveLength(1);
});

it('are a warning on standard error that says what they do, with some of their names', async () => {
  await mkdir(at('test/cat'), { recursive: true });
  for (const name of ['a', 'b', 'c', 'd', 'e']) await copyFile(at('train/cat/1.png'), at(`test/cat/${name}.png`));
  await copyFile(at('train/dog/1.png'), at('train/cat/2.png'));
  const written: string[] = [];
  const spy = vi.spyOn(process.stderr, 'write').mockImplementation((line) => written.push(String(line)) > 0);
  const { onProgress, stop } = terminalProgress('Pets');
  await loadDataset('image-folders', {
    directory: root,
    onProgress: (event) => event.kind === 'copies' && onProgress(event),
  });
  stop();
  spy.mockRestore();
  const line = (name: string, of: string) => `  ${at(name)} is a copy of ${at(of)}\n`;
  expect(written.join('')).toBe(
    'Pets: warning: 5 images are in both splits: training images are tested on, ' +
      'so the measured accuracy is too high\n' +
      ['a', 'b', 'c'].map((name) => line(`test/cat/${name}.png`, 'train/cat/1.png')).join('') +
      '  and 2 more\n' +
      'Pets: warning: 1 image is in two classes: one picture has two labels\n' +
      line('train/dog/1.png', 'train/cat/2.png'),
  );
});
