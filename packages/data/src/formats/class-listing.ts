import { realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { LeftOut } from '../declaration.js';
import { DatasetError } from '../errors.js';
import { identityOf } from './image-file.js';
import type { FoundImage, ImageTree } from './image-tree.js';
import { sideBySide } from './side-by-side.js';

/** Slow disks answer many questions in the time of one. */
const LOOKED_UP_AT_ONCE = 16;
/** So many classes are told where others are missing. */
const TOLD = 8;

/** The folder of a split. */
export interface Folder {
  readonly path: string;
  /** Where it is without links. */
  readonly real: string;
  readonly isLink: boolean;
}

/** One split: the images of every class that it has. */
export interface Listing {
  readonly folder: Folder;
  /** By the class's name in Unicode's composed form (NFC), which is the same on every file system. */
  readonly classes: ReadonlyMap<string, { readonly name: string; readonly images: readonly FoundImage[] }>;
}

/**
 * A folder in the data set's directory; undefined if there is none of that name.
 * @throws DatasetError `broken-file` if that cannot be found out.
 */
export async function folderAt(directory: string, name: string): Promise<Folder | undefined> {
  const path = join(directory, name);
  try {
    if (!(await stat(path)).isDirectory()) return undefined;
    const real = await realpath(path);
    return { path, real, isLink: real !== join(await realpath(directory), name) };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new DatasetError('broken-file', `${path} cannot be read (${code})`, { cause: error });
  }
}

/**
 * The classes of a split with their images.
 * @throws DatasetError `wrong-layout` if there are no classes, one has no image, or two have the same name, whatever
 * its case.
 */
export async function listSplit(folder: Folder, tree: ImageTree): Promise<Listing> {
  const classes = new Map<string, { name: string; images: FoundImage[] }>();
  /** Without their case. */
  const folded = new Map<string, string>();
  const imageless: string[] = [];
  for (const { name, path, real, kind, isLink } of await tree.entries(folder.path, folder.real)) {
    if (kind === 'nothing') throw wrongLayout(`${path} is a link to nothing: ${real}`);
    if (kind !== 'folder') {
      tree.leaveOut(path, 'not in a class folder');
      continue;
    }
    if (isLink && tree.isOwn(real)) {
      throw wrongLayout(`${path} is a link back into the data set, to ${real}: a class must have images of its own`);
    }
    const before = tree.leftOut.length;
    const images = await tree.imagesBelow(path, real);
    if (images.length === 0) imageless.push(`${name} (${contentsOf(tree.leftOut.slice(before))})`);
    const key = name.normalize('NFC');
    if (classes.has(key)) throw wrongLayout(`${folder.path} has two class folders that look the same: ${name}`);
    const alike = folded.get(key.toLowerCase());
    if (alike !== undefined) {
      throw wrongLayout(
        `${folder.path} has two class folders that differ in case alone, ${alike} and ${key}, which are one on some ` +
          'file systems: rename one, or move its images into the other',
      );
    }
    folded.set(key.toLowerCase(), key);
    classes.set(key, { name, images });
  }
  if (classes.size === 0)
    throw wrongLayout(`${folder.path} has no class folders: images must be in one for each class`);
  if (imageless.length > 0) {
    throw wrongLayout(`${folder.path} has classes without a .jpg or .png: ${imageless.join(', ')}`);
  }
  return { folder, classes };
}

function contentsOf(leftOut: readonly LeftOut[]): string {
  const [first] = leftOut;
  return first === undefined ? 'empty' : `left out ${leftOut.length}, such as ${first.path}: ${first.reason}`;
}

/** Refuses classes of test images alone; says which classes have none. */
export function checkClasses(train: Listing, test: Listing, tree: ImageTree): void {
  const unknown = [...test.classes].flatMap(([key, { name }]) => (train.classes.has(key) ? [] : [name]));
  if (unknown.length > 0) {
    const names = [...train.classes.values()].map(({ name }) => name);
    const alike = unknown.flatMap((one) => {
      const name = names.find((known) => known.toLowerCase() === one.toLowerCase());
      return name === undefined ? [] : [`${one} is called ${name} there`];
    });
    throw wrongLayout(
      `${test.folder.path} has classes that ${train.folder.path} has not: ${unknown.join(', ')}` +
        `${alike.length > 0 ? ` (${alike.join(', ')})` : ''}; it has ${names.slice(0, TOLD).join(', ')}` +
        `${names.length > TOLD ? ` and ${names.length - TOLD} more` : ''}`,
    );
  }
  for (const [key, { name }] of train.classes) {
    if (!test.classes.has(key))
      tree.leaveOut(join(test.folder.path, name), 'no such folder: a class without test images');
  }
}

/**
 * One file may be found twice, by symbolic or hard links: within a class it counts once.
 * @returns whether an image counts
 * @throws DatasetError `wrong-layout` if it was found in two classes or in both splits; `broken-file` if a file
 *   cannot be looked up
 */
export async function onlyOnce(splits: readonly Listing[], tree: ImageTree): Promise<(image: FoundImage) => boolean> {
  const places = new Map<string, { readonly path: string; readonly images: readonly FoundImage[] }>();
  const again = new Set<string>();
  for (const { images } of splits.flatMap(({ classes }) => [...classes.values()])) {
    const identities = new Array<string>(images.length);
    await sideBySide(images.length, LOOKED_UP_AT_ONCE, async (i) => {
      identities[i] = await identityOf(images[i]!.path, images[i]!.real);
    });
    for (const [i, { path }] of images.entries()) {
      const identity = identities[i]!;
      const first = places.get(identity);
      if (first === undefined) places.set(identity, { path, images });
      else if (first.images !== images) {
        throw wrongLayout(`${path} is the same file as ${first.path}: it would be in two classes or in both splits`);
      } else {
        again.add(path);
        tree.leaveOut(path, `the same file as ${first.path}`);
      }
    }
  }
  return ({ path }) => !again.has(path);
}

function wrongLayout(message: string): DatasetError {
  return new DatasetError('wrong-layout', message);
}
