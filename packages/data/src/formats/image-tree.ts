import type { Dirent } from 'node:fs';
import { readdir, readlink, realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import type { LeftOut } from '../declaration.js';
import { DatasetError } from '../errors.js';
import { hasImageName, refuseUnreadable } from './image-file.js';

/** What tools leave between pictures: hidden files, those of archives made on a Mac, previews of network drives. */
export const NOT_DATA = /^(\.|__MACOSX$|@eaDir$)/;

/** An image file of a class. */
export interface FoundImage {
  readonly path: string;
  /** Where the file itself is, without links. */
  readonly real: string;
}

/** A file or folder in a folder, links followed. */
interface Entry {
  readonly name: string;
  readonly path: string;
  readonly real: string;
  readonly kind: 'file' | 'folder' | 'other' | 'nothing';
  readonly isLink: boolean;
}

const WHY_NOT_IMAGE: Readonly<Record<Entry['kind'], string>> = {
  file: 'no .jpg or .png',
  folder: 'a folder',
  other: 'neither file nor folder',
  nothing: 'a link to nothing',
};

/** What following a link fails with where there is nothing at its end; else something is there and cannot be seen. */
const LEADS_NOWHERE: ReadonlySet<string | undefined> = new Set(['ENOENT', 'ENOTDIR', 'ELOOP']);

/** Names compare by their code units, so that the order is the same whatever the machine's language. */
const byName = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

/** Looks through the folders of one data set and keeps account of what it leaves out. */
export class ImageTree {
  readonly leftOut: LeftOut[] = [];
  readonly #roots: readonly string[];

  /** @param roots the folders of the data set, without links: a link that leads back to them is not followed */
  constructor(roots: readonly string[]) {
    this.#roots = roots;
  }

  /**
   * What is in a folder, in the order of names; hidden files and folders are left out.
   * @throws DatasetError `broken-file` if the folder, or what a link in it leads to, cannot be read.
   */
  async entries(folder: string, real: string): Promise<Entry[]> {
    const found = await readdir(folder, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
      return refuseUnreadable(folder, error);
    });
    const entries: Entry[] = [];
    for (const entry of found.sort((a, b) => byName(a.name, b.name))) {
      const path = join(folder, entry.name);
      if (NOT_DATA.test(entry.name)) this.leaveOut(path, 'hidden');
      else entries.push(await resolved(entry, path, join(real, entry.name)));
    }
    return entries;
  }

  /** Whether a folder, without links, is one of the data set's own, in one of them or around one. */
  isOwn(real: string): boolean {
    return this.#roots.some((root) => isWithin(real, root) || isWithin(root, real));
  }

  /**
   * The image files below a class's folder, by their paths.
   * @throws DatasetError `broken-file` for a folder that cannot be read and an image that is a link to nothing.
   */
  async imagesBelow(folder: string, real: string): Promise<FoundImage[]> {
    const found: FoundImage[] = [];
    // Each folder once, however many links lead to it: so links cannot go round in circles.
    const seen = new Set([real]);
    const visit = async (path: string, realPath: string): Promise<void> => {
      for (const entry of await this.entries(path, realPath)) {
        if (entry.kind === 'file' && hasImageName(entry.name)) this.#take(entry, found);
        else if (entry.kind !== 'folder') this.#refuseOrLeaveOut(entry);
        else if (entry.isLink && (this.isOwn(entry.real) || isWithin(realPath, entry.real))) {
          this.leaveOut(entry.path, 'a link back into the data set');
        } else if (seen.has(entry.real)) {
          this.leaveOut(entry.path, 'a folder that a link has led to already');
        } else {
          seen.add(entry.real);
          await visit(entry.path, entry.real);
        }
      }
    };
    await visit(folder, real);
    return found.sort((a, b) => byName(a.path, b.path));
  }

  /** Says that a file or folder is no part of the data set. */
  leaveOut(path: string, reason: string): void {
    this.leftOut.push({ path, reason });
  }

  #take({ path, real }: Entry, found: FoundImage[]): void {
    found.push({ path, real });
  }

  #refuseOrLeaveOut({ path, name, real, kind }: Entry): void {
    if (kind === 'nothing' && hasImageName(name)) {
      throw new DatasetError('broken-file', `${path} is a link to nothing: ${real}`);
    }
    this.leaveOut(path, WHY_NOT_IMAGE[kind]);
  }
}

async function resolved(entry: Dirent, path: string, real: string): Promise<Entry> {
  const { name } = entry;
  const isLink = entry.isSymbolicLink();
  if (!isLink) return { name, path, real, kind: kindOf(entry), isLink };
  try {
    const target = await realpath(path);
    return { name, path, real: target, kind: kindOf(await stat(target)), isLink };
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (!LEADS_NOWHERE.has(code)) {
      throw new DatasetError('broken-file', `${path} cannot be read (${code})`, { cause });
    }
    return { name, path, real: await readlink(path), kind: 'nothing', isLink };
  }
}

function kindOf(entry: Pick<Dirent, 'isFile' | 'isDirectory'>): Entry['kind'] {
  if (entry.isFile()) return 'file';
  return entry.isDirectory() ? 'folder' : 'other';
}

function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}
