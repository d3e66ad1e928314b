import { mkdir, rename, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../test/temporary-folder.js';
import { loadDataset, openClassFolders } from '../src/index.js';
import { writeImage } from './writers.js';

let root: string;
const at = (...parts: string[]) => join(root, ...parts);
const image = (...parts: string[]) => writeImage(at(...parts), 2, 2, [1, 2, 3]);
const classes = async (...parts: string[]) => {
  for (const name of ['cat', 'dog']) await image(...parts, name, '1.png');
};

beforeEach(() => {
  root = temporaryFolder();
});

describe('folders of training and test images', () => {
  it.each([
    ['train', 'test'],
    ['Train', 'Test'],
    ['TRAIN', 'VAL'],
    ['train', 'Validation'],
    ['tRain', 'val'],
  ])('may be called %s and %s, on every file system', async (train, test) => {
    await classes(train);
    await classes(test);
    const found = await openClassFolders(root);
    expect(found.classes).toEqual(['cat', 'dog']);
    expect(found.train.files[0]).toBe(at(train, 'cat', '1.png'));
    expect(found.test.files[0]).toBe(at(test, 'cat', '1.png'));
    expect(found.leftOut).toEqual([]);
  });

  it('have the same digest, however they are written', async () => {
    await classes('train');
    await classes('test');
    const load = () => loadDataset('image-folders', { directory: root, stream: true, onProgress: () => {} });
    const { digest } = await load();
    await rename(at('train'), at('Train'));
    expect((await load()).digest).toBe(digest);
  });

  it('may have others beside them, which are listed', async () => {
    for (const name of ['train', 'val', 'test', 'extra', '.git']) await classes(name);
    expect((await openClassFolders(root)).leftOut).toEqual([
      { path: at('val'), reason: `the test images are those of ${at('test')}` },
      { path: at('extra'), reason: 'a folder of neither training nor test images' },
    ]);
  });
});

const EXPECTED = 'expected train/CLASS/… and test/CLASS/… (or val/, validation/)';
const NEITHER = 'has no folder train and no test, val or validation: found ';

describe('a directory is refused with what was found, what is expected and how to mend it', () => {
  it.each<[string, () => Promise<unknown>, () => string]>([
    [
      'is empty',
      async () => {},
      () => `${root} ${NEITHER}nothing; ${EXPECTED}. Give the directory that has the images.`,
    ],
    [
      'has no test images',
      () => classes('train'),
      () =>
        `${root} has no folder test, val or validation: found the folder train; ${EXPECTED}. ` +
        'Move some images of every class from train/CLASS to test/CLASS.',
    ],
    [
      'has no training images',
      () => classes('Val'),
      () =>
        `${root} has no folder train: found the folder Val; ${EXPECTED}. Move the training images into train/CLASS.`,
    ],
    [
      'has classes alone',
      () => classes(),
      () =>
        `${root} ${NEITHER}the folders cat, dog; ${EXPECTED}. ` +
        'If these folders are classes, move them into train, and some images of each into test/CLASS.',
    ],
    [
      'has images alone',
      async () => Promise.all([image('1.png'), image('2.JPG'), writeFile(at('labels.csv'), 'x')]),
      () =>
        `${root} ${NEITHER}2 images (1.png, 2.JPG), 1 other file (labels.csv); ${EXPECTED}. ` +
        'Sort the images into a folder for each class, and these into train and test.',
    ],
    [
      'has an archive',
      () => writeFile(at('pets.zip'), 'x'),
      () => `${root} ${NEITHER}1 file (pets.zip); ${EXPECTED}. Give the directory that has the images.`,
    ],
    [
      'has folders of other names',
      async () => Promise.all([classes('Training'), classes('Testing')]),
      () =>
        `${root} ${NEITHER}the folders Testing, Training; ${EXPECTED}. ` +
        'Rename Training to train and rename Testing to test.',
    ],
    [
      'has one of another name',
      async () => Promise.all([classes('train'), classes('valid')]),
      () =>
        `${root} has no folder test, val or validation: found the folders train, valid; ${EXPECTED}. ` +
        'Rename valid to test.',
    ],
    [
      'is around the right one',
      async () => Promise.all([classes('pets', 'Train'), classes('pets', 'test')]),
      () => `${root} ${NEITHER}the folder pets; ${EXPECTED}. Give ${at('pets')}.`,
    ],
    [
      'has two of one name',
      async () => Promise.all([classes('train'), classes('Train'), classes('test')]),
      () => `${root} has two folders Train and train, which are one on some file systems: rename or remove one`,
    ],
    [
      'has a file in place of one',
      async () => Promise.all([writeFile(at('train'), 'x'), classes('test')]),
      () => `${at('train')} is not a folder (a file, or a link to nothing); ${EXPECTED}: unpack or put right`,
    ],
    [
      'has a link to nothing in place of one',
      async () => Promise.all([classes('train'), symlink(at('nowhere'), at('Test'))]),
      () => `${at('Test')} is not a folder (a file, or a link to nothing); ${EXPECTED}: unpack or put right`,
    ],
    [
      'has classes that differ in case',
      async () => Promise.all([classes('train'), image('test', 'Cat', '1.png')]),
      () => `${at('test')} has classes that ${at('train')} has not: Cat (Cat is called cat there); it has cat, dog`,
    ],
  ])('that %s', async (_what, make, message) => {
    await make();
    for (const load of [
      () => openClassFolders(root),
      () => loadDataset('image-folders', { directory: root, onProgress: () => {} }),
    ]) {
      await expect(load()).rejects.toMatchObject({
        name: 'DatasetError',
        code: 'wrong-layout',
        message: expect.stringContaining(message()),
      });
    }
  });

  it('that is one of the two', async () => {
    await classes('train');
    await classes('test');
    await expect(openClassFolders(at('train'))).rejects.toThrow(
      `${at('train')} ${NEITHER}the folders cat, dog; ${EXPECTED}. ` +
        `Give the directory above it, ${root}, if that has both.`,
    );
  });

  it('that has many folders, not with all of their names', async () => {
    for (let i = 10; i < 30; i++) await mkdir(at(`class ${i}`));
    await expect(openClassFolders(root)).rejects.toThrow(/folders class 10, .*class 17 and 12 more; expected/);
  });

  it('for CIFAR-10 (JPEG), with its other layout', async () => {
    await classes('train');
    await expect(loadDataset('cifar10-jpeg', { directory: root, onProgress: () => {} })).rejects.toThrow(
      `${EXPECTED}, or the six .bin files of cifar-10-batches-bin made from such. Move some images`,
    );
  });
});
