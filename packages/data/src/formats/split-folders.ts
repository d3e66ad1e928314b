/** The folders of training and test images in a directory; where one is missing, what is there instead. */

import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { DatasetError } from '../errors.js';
import { type Folder, folderAt } from './class-listing.js';
import { hasImageName, refuseUnreadable } from './image-file.js';
import { NOT_DATA } from './image-tree.js';

const TRAIN = 'train';
/** What the folder of test images may be called; the first that is there is taken. */
const TEST = ['test', 'val', 'validation'] as const;
const SPLITS: readonly string[] = [TRAIN, ...TEST];
/** Other names of such folders, as they are often met. */
const SYNONYMS: readonly (readonly [name: string, others: RegExp])[] = [
  [TRAIN, /^train(ing)?([ _-]?(set|data|images?))?$/i],
  ['test', /^(test(ing)?|valid(ation)?|val|eval(uation)?|dev)([ _-]?(set|data|images?))?$/i],
];
/** So many names are told. */
const TOLD = 8;

const LAYOUT = 'train/CLASS/… and test/CLASS/… (or val/, validation/)';

/** The folders of a data set. */
export interface SplitFolders {
  readonly train: Folder;
  readonly test: Folder;
  /** Folders beside them that are not read, and why. */
  readonly others: readonly { readonly path: string; readonly reason: string }[];
}

/**
 * Finds `train`, and `test`, `val` or `validation`, whatever their case: `Train` is `train` on every file system.
 *
 * @param orElse another layout that the directory may have, for the message
 * @throws DatasetError `wrong-layout` that says what was found, what is expected and how to mend it, if a folder is
 *   missing, there twice or not a folder; `broken-file` if it cannot be read
 */
export async function findSplitFolders(directory: string, orElse?: string): Promise<SplitFolders> {
  const found = await contentsOf(directory);
  const train = await only(directory, found, TRAIN);
  const tests: Folder[] = [];
  for (const name of TEST) {
    const folder = await only(directory, found, name);
    if (folder) tests.push(folder);
  }
  const [test, ...moreTests] = tests;
  if (train === undefined || test === undefined) {
    const expected = `expected ${LAYOUT}${orElse === undefined ? '' : `, or ${orElse}`}`;
    const missing = [...(train ? [] : ['train']), ...(test ? [] : ['test, val or validation'])].join(' and no ');
    throw wrongLayout(
      `${directory} has no folder ${missing}: found ${listed(found)}; ${expected}. ` +
        (await advice(directory, found, train, test)),
    );
  }
  const isRead = (name: string) => SPLITS.includes(name.toLowerCase());
  const others = found.folders.filter((name) => !isRead(name)).map((name) => join(directory, name));
  return {
    train,
    test,
    others: [
      ...moreTests.map(({ path }) => ({ path, reason: `the test images are those of ${test.path}` })),
      ...others.map((path) => ({ path, reason: 'a folder of neither training nor test images' })),
    ],
  };
}

interface Contents {
  /** Names, links followed; without hidden ones. */
  readonly folders: readonly string[];
  readonly images: readonly string[];
  /** Other files, and links to nothing. */
  readonly rest: readonly string[];
}

async function contentsOf(directory: string): Promise<Contents> {
  const contents = { folders: [] as string[], images: [] as string[], rest: [] as string[] };
  const entries = await readdir(directory, { withFileTypes: true }).catch((error) =>
    refuseUnreadable(directory, error),
  );
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const { name } = entry;
    if (NOT_DATA.test(name)) continue;
    // What a link leads to where one may not look is told when it is opened.
    const kind = entry.isSymbolicLink() ? await stat(join(directory, name)).catch(() => undefined) : entry;
    if (kind?.isDirectory()) contents.folders.push(name);
    else if (kind?.isFile() && hasImageName(name)) contents.images.push(name);
    else contents.rest.push(name);
  }
  return contents;
}

/** The one folder of a name, whatever its case; undefined if there is none. */
async function only(directory: string, { folders, images, rest }: Contents, name: string): Promise<Folder | undefined> {
  const same = (one: string) => one.toLowerCase() === name;
  const [first, second] = folders.filter(same);
  if (second !== undefined) {
    throw wrongLayout(
      `${directory} has two folders ${first} and ${second}, which are one on some file systems: rename or remove one`,
    );
  }
  if (first !== undefined) return folderAt(directory, first);
  const file = [...images, ...rest].find(same);
  if (file === undefined) return undefined;
  // It is no folder: a file, a link to nothing, or one to where one may not look, which this throws for.
  await folderAt(directory, file);
  throw wrongLayout(
    `${join(directory, file)} is not a folder (a file, or a link to nothing); expected ${LAYOUT}: ` +
      'unpack or put right what should be the folder, or rename it',
  );
}

/** How to mend a directory without one of the folders. */
async function advice(
  directory: string,
  found: Contents,
  train: Folder | undefined,
  test: Folder | undefined,
): Promise<string> {
  const renames = SYNONYMS.flatMap(([name, others], i) => {
    if ((i === 0 ? train : test) !== undefined) return [];
    const meant = found.folders.find((folder) => others.test(folder));
    return meant === undefined ? [] : [`rename ${meant} to ${name}`];
  });
  if (renames.length > 0) return capital(`${renames.join(' and ')}.`);
  if (train) return 'Move some images of every class from train/CLASS to test/CLASS.';
  if (test) return 'Move the training images into train/CLASS.';
  const parent = dirname(directory);
  const isSplit = SPLITS.includes(basename(directory).toLowerCase());
  if (isSplit && found.folders.length > 0) return `Give the directory above it, ${parent}, if that has both.`;
  for (const name of found.folders) {
    const inner = await contentsOf(join(directory, name)).catch(() => undefined);
    if (inner?.folders.some((folder) => folder.toLowerCase() === TRAIN)) return `Give ${join(directory, name)}.`;
  }
  if (found.folders.length > 0) {
    return 'If these folders are classes, move them into train, and some images of each into test/CLASS.';
  }
  if (found.images.length > 0) {
    return 'Sort the images into a folder for each class, and these into train and test.';
  }
  return 'Give the directory that has the images.';
}

/** Such as `the folders cat, dog, 1 image and 2 other files`; also said of what does not fit other data sets. */
function listed({ folders, images, rest }: Contents): string {
  const parts = [
    folders.length > 0 && `the ${folders.length > 1 ? 'folders' : 'folder'} ${some(folders)}`,
    images.length > 0 && `${images.length} ${images.length > 1 ? 'images' : 'image'} (${some(images)})`,
    rest.length > 0 &&
      `${rest.length} ${images.length > 0 ? 'other ' : ''}${rest.length > 1 ? 'files' : 'file'} (${some(rest)})`,
  ].filter((part) => part !== false);
  return parts.length === 0 ? 'nothing' : parts.join(', ');
}

function some(names: readonly string[]): string {
  const more = names.length > TOLD ? ` and ${names.length - TOLD} more` : '';
  return `${names.slice(0, TOLD).join(', ')}${more}`;
}

/** What a directory holds, in words, for messages. @throws DatasetError `broken-file` if it cannot be read */
export async function whatIsIn(directory: string): Promise<string> {
  return listed(await contentsOf(directory));
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function wrongLayout(message: string): DatasetError {
  return new DatasetError('wrong-layout', message);
}
