import { link as hardLink, mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { temporaryFolder } from '../../../test/temporary-folder.js';
import { loadDataset, openClassFolders } from '../src/index.js';
import { terminalProgress } from '../src/terminal-progress.js';
import { writeImage } from './writers.js';

let root: string;
const at = (...parts: string[]) => join(root, ...parts);
const image = (...parts: string[]) => writeImage(at(...parts), 2, 2, [1, 2, 3]);
const text = async (...parts: string[]) => {
  await mkdir(dirname(at(...parts)), { recursive: true });
  await writeFile(at(...parts), 'text');
};
const link = (target: string, ...parts: string[]) => symlink(target, at(...parts));
const opened = async () => await openClassFolders(root);
const relative = (paths: readonly string[]) => paths.map((path) => path.slice(root.length + 1));
/** Training images, and what is left out for which reason. */
async function summary(): Promise<{ files: string[]; leftOut: Record<string, string> }> {
  const { train, leftOut } = await opened();
  const names = relative(leftOut.map(({ path }) => path));
  return {
    files: relative(train.files),
    leftOut: Object.fromEntries(leftOut.map(({ reason }, i) => [names[i], reason])),
  };
}
const ORDINARY = ['train/cat/1.png', 'train/dog/1.png'];

beforeEach(async () => {
  root = temporaryFolder();
  for (const part of ['train', 'test']) {
    await image(part, 'cat', '1.png');
    await image(part, 'dog', '1.png');
  }
});

describe('hard links', () => {
  it.each([
    ['in both splits', 'test/cat/hard.png', 'test/cat/hard.png'],
    ['in two classes', 'train/dog/hard.png', 'train/dog/hard.png'],
  ])('to one file %s are refused', async (_, name, named) => {
    await hardLink(at('train/cat/1.png'), at(name));
    const message = `${at(named)} is the same file as ${at('train/cat/1.png')}: it would be`;
    await expect(opened()).rejects.toMatchObject({ code: 'wrong-layout', message: expect.stringContaining(message) });
  });

  it('within a class count once', async () => {
    await hardLink(at('train/cat/1.png'), at('train/cat/2.png'));
    const { files, leftOut } = await summary();
    expect(files).toEqual(ORDINARY);
    expect(leftOut).toEqual({ 'train/cat/2.png': `the same file as ${at('train/cat/1.png')}` });
  });
});

it('a class folder whose name is not UTF-8 is refused for that', async () => {
  await rename(at('train', 'cat'), Buffer.concat([Buffer.from(at('train', 'cat')), Buffer.of(0xff)]));
  await expect(opened()).rejects.toThrow(/cat\ufffd cannot be read \(its name is not UTF-8\)$/);
});

describe('what lies between images', () => {
  it('is left out and listed: hidden files and folders, other kinds, images of no class', async () => {
    await image('train', 'cat', '.ipynb_checkpoints', '1-checkpoint.png');
    await image('train', 'cat', '.thumbnails', '1.png');
    await image('train', 'cat', '__MACOSX', '1.png');
    await image('train', 'cat', '@eaDir', '1.png');
    await text('train', 'cat', '._1.png');
    await image('train', '.ipynb_checkpoints', '1.png');
    await image('train', '__MACOSX', '1.png');
    await text('test', 'dog', 'Thumbs.db');
    await image('train', '1.png');
    const { files, leftOut } = await summary();
    expect(files).toEqual(ORDINARY);
    expect((await opened()).classes).toEqual(['cat', 'dog']);
    expect(leftOut).toEqual({
      'train/.ipynb_checkpoints': 'hidden',
      'train/1.png': 'not in a class folder',
      'train/__MACOSX': 'hidden',
      'train/cat/.ipynb_checkpoints': 'hidden',
      'train/cat/.thumbnails': 'hidden',
      'train/cat/._1.png': 'hidden',
      'train/cat/@eaDir': 'hidden',
      'train/cat/__MACOSX': 'hidden',
      'test/dog/Thumbs.db': 'no .jpg or .png',
    });
  });

  it('is shown on standard error, by reason', async () => {
    for (const name of ['a', 'b', 'c', 'd', 'e']) await text('train', 'cat', `${name}.gif`);
    await text('train', 'cat', '._1.png');
    const written: string[] = [];
    const spy = vi.spyOn(process.stderr, 'write').mockImplementation((line) => written.push(String(line)) > 0);
    const { onProgress, stop } = terminalProgress('Pets');
    await loadDataset('image-folders', {
      directory: root,
      onProgress: (event) => event.kind === 'left-out' && onProgress(event),
    });
    stop();
    spy.mockRestore();
    const gifs = ['a', 'b', 'c'].map((name) => at('train', 'cat', `${name}.gif`)).join(', ');
    expect(written.join('')).toBe(
      `Pets: left out\n  hidden: ${at('train', 'cat', '._1.png')}\n  no .jpg or .png: ${gifs} and 2 more\n`,
    );
  });

  it('is a second folder of test images', async () => {
    await image('val', 'cat', '1.png');
    expect((await summary()).leftOut).toEqual({ val: `the test images are those of ${at('test')}` });
  });

  it('is nothing in ordinary folders, whose classes may have subfolders and the same names', async () => {
    await image('train', 'cat', 'more', '1.png');
    await image('train', 'cat', 'more', '1.JPG');
    const { files, leftOut } = await summary();
    expect(files).toEqual(['train/cat/1.png', 'train/cat/more/1.JPG', 'train/cat/more/1.png', 'train/dog/1.png']);
    expect(leftOut).toEqual({});
  });
});

describe('a class without images', () => {
  it.each<[string, () => Promise<unknown>, string]>([
    ['is empty', () => mkdir(at('train', 'fish')), 'fish (empty)'],
    ['has files of other kinds alone', () => text('train', 'fish', 'x.webp'), 'fish (left out 1, such as '],
    ['has hidden images alone', () => image('train', 'fish', '.x', '1.png'), 'fish (left out 1, such as '],
    [
      'is not alone',
      async () => Promise.all([mkdir(at('train', 'fish')), mkdir(at('train', 'ant'))]),
      'ant (empty), fish (empty)',
    ],
  ])('is refused by name where it %s', async (_what, make, message) => {
    await make();
    await expect(openClassFolders(root)).rejects.toMatchObject({
      code: 'wrong-layout',
      message: expect.stringContaining(`${at('train')} has classes without a .jpg or .png: ${message}`),
    });
    await expect(loadDataset('image-folders', { directory: root, onProgress: () => {} })).rejects.toMatchObject({
      code: 'wrong-layout',
    });
  });

  it('is refused among test images as well', async () => {
    await text('test', 'cat', '1.gif');
    await mkdir(at('train', 'fish'));
    await image('train', 'fish', '1.png');
    await mkdir(at('test', 'fish'));
    await expect(openClassFolders(root)).rejects.toThrow(
      `${at('test')} has classes without a .jpg or .png: fish (empty)`,
    );
  });

  it('is said to have no test images where their folder is missing', async () => {
    await image('train', 'fish', '1.png');
    expect((await summary()).leftOut).toEqual({ 'test/fish': 'no such folder: a class without test images' });
  });

  it('cannot be told apart from another by the Unicode form of its name', async () => {
    await image('train', 'B\u00e4r', '1.png');
    await image('train', 'Ba\u0308r', '1.png');
    await expect(openClassFolders(root)).rejects.toThrow(`${at('train')} has two class folders that look the same`);
  });

  it('cannot differ from another in case alone, in any script', async () => {
    for (const [name, other] of [
      ['Cat', 'cat'],
      ['ЁЛКА', 'ёлка'],
    ] as const) {
      await image('train', name, '2.png');
      await image('train', other, '2.png');
      await expect(opened()).rejects.toMatchObject({
        code: 'wrong-layout',
        message:
          `${at('train')} has two class folders that differ in case alone, ${name} and ${other}, ` +
          'which are one on some file systems: rename one, or move its images into the other',
      });
      for (const one of [name, other]) if (one !== 'cat') await rm(at('train', one), { recursive: true });
    }
  });

  it('is what images without class folders look like', async () => {
    const plain = temporaryFolder();
    await writeImage(join(plain, 'train', '1.png'), 2, 2, [1]);
    await writeImage(join(plain, 'test', '1.png'), 2, 2, [1]);
    await expect(openClassFolders(plain)).rejects.toThrow(
      `${join(plain, 'train')} has no class folders: images must be in one for each class`,
    );
  });
});

describe('links', () => {
  it.each([['..'], ['.'], ['../..'], ['../../..'], ['../dog'], ['../../test/cat'], ['/']])(
    'back into the data set or around it are not followed: %s',
    async (target) => {
      await link(target, 'train', 'cat', 'loop');
      expect(await summary()).toEqual({
        files: ORDINARY,
        leftOut: { 'train/cat/loop': 'a link back into the data set' },
      });
    },
  );

  it.each([['cat'], ['..'], ['.'], ['../test/dog']])('are no class where they lead back: %s', async (target) => {
    await link(target, 'train', 'kitten');
    await expect(openClassFolders(root)).rejects.toThrow(`${at('train', 'kitten')} is a link back into the data set`);
  });

  it('to nothing are refused by name as images and as classes, and else left out', async () => {
    await link('nowhere', 'train', 'cat', 'notes');
    expect((await summary()).leftOut).toEqual({ 'train/cat/notes': 'a link to nothing' });
    await link('nowhere.png', 'train', 'cat', 'x.png');
    await expect(openClassFolders(root)).rejects.toMatchObject({
      code: 'broken-file',
      message: `${at('train', 'cat', 'x.png')} is a link to nothing: nowhere.png`,
    });
    root = temporaryFolder();
    await image('train', 'cat', '1.png');
    await image('test', 'cat', '1.png');
    await link('fish', 'train', 'fish');
    await expect(openClassFolders(root)).rejects.toThrow(`${at('train', 'fish')} is a link to nothing: fish`);
  });

  it('to folders and files elsewhere are followed, each folder once', async () => {
    const elsewhere = temporaryFolder();
    await writeImage(join(elsewhere, 'birds', '1.png'), 2, 2, [1]);
    await writeImage(join(elsewhere, 'birds', 'more', '2.png'), 2, 2, [1]);
    await writeImage(join(elsewhere, '3.png'), 2, 2, [1]);
    await symlink('.', join(elsewhere, 'birds', 'again'));
    await symlink('..', join(elsewhere, 'birds', 'more', 'up'));
    await symlink('more', join(elsewhere, 'birds', 'n'));
    await symlink(join(root, 'train'), join(elsewhere, 'birds', 'back'));
    await link(join(elsewhere, 'birds'), 'train', 'bird');
    await link(join(elsewhere, '3.png'), 'train', 'cat', '3.png');
    const { files, leftOut } = await summary();
    expect(files).toEqual([
      ...['train/bird/1.png', 'train/bird/more/2.png', 'train/cat/1.png', 'train/cat/3.png', 'train/dog/1.png'],
    ]);
    expect(leftOut).toEqual({
      'test/bird': 'no such folder: a class without test images',
      'train/bird/again': 'a link back into the data set',
      'train/bird/back': 'a link back into the data set',
      'train/bird/more/up': 'a link back into the data set',
      'train/bird/n': 'a folder that a link has led to already',
    });
    const { train } = await loadDataset('image-folders', { directory: root, onProgress: () => {} });
    expect(train.count).toBe(5);
  });

  it('to a folder that lead to each other end', async () => {
    const [one, other] = [temporaryFolder(), temporaryFolder()];
    for (const folder of [one, other]) await writeImage(join(folder, '1.png'), 2, 2, [1]);
    await symlink(other, join(one, 'other'));
    await symlink(one, join(other, 'one'));
    await link(one, 'train', 'bird');
    const { files, leftOut } = await summary();
    expect(files).toEqual(['train/bird/1.png', 'train/bird/other/1.png', ...ORDINARY]);
    expect(leftOut['train/bird/other/one']).toBe('a folder that a link has led to already');
  });

  it('that show an image twice within a class count once', async () => {
    await link('1.png', 'train', 'cat', '2.png');
    expect(await summary()).toEqual({
      files: ORDINARY,
      leftOut: { 'train/cat/2.png': `the same file as ${at('train', 'cat', '1.png')}` },
    });
  });

  it.each<[string, () => Promise<unknown>]>([
    ['two classes', () => link('../cat/1.png', 'train', 'dog', '2.png')],
    ['both splits', () => link('../../train/cat/1.png', 'test', 'cat', '2.png')],
    [
      'two classes, by folders elsewhere',
      async () => {
        const elsewhere = temporaryFolder();
        await writeImage(join(elsewhere, '1.png'), 2, 2, [1]);
        for (const name of ['cat', 'dog']) await link(elsewhere, 'train', name, 'more');
      },
    ],
  ])('that put an image into %s are refused by name', async (_what, make) => {
    await make();
    await expect(openClassFolders(root)).rejects.toMatchObject({
      code: 'wrong-layout',
      message: expect.stringMatching(/ is the same file as .*: it would be in two classes or in both splits$/),
    });
  });

  it('that make test of train are refused by name', async () => {
    const linked = temporaryFolder();
    await symlink(at('train'), join(linked, 'train'));
    await symlink(at('train'), join(linked, 'test'));
    await expect(openClassFolders(linked)).rejects.toThrow(/is the same file as .* in both splits$/);
  });
});
