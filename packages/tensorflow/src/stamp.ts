import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { writeFileAtomicSync } from '@winnow/system/files';

/**
 * A file written last into a finished folder. Its presence means that the folder is complete; its sizes reveal files
 * truncated later.
 */
export interface Stamp {
  readonly format: 1;
  readonly version: string;
  /** Size in bytes of each file to check before use, by path inside the folder. */
  readonly sizes: Readonly<Record<string, number>>;
  /** SHA-256 of the unpacked wheel. */
  readonly wheel?: string;
  /** Identifies the sources the folder was made from, if they can change. */
  readonly source?: string;
}

const stampName = 'winnow.json';

/** Reads a folder's stamp; undefined if it is missing or unreadable. */
export function readStamp(folder: string): Stamp | undefined {
  try {
    const stamp = JSON.parse(readFileSync(join(folder, stampName), 'utf8')) as Stamp;
    return stamp.format === 1 && typeof stamp.sizes === 'object' ? stamp : undefined;
  } catch {
    return undefined;
  }
}

/** Marks a folder as complete. */
export function writeStamp(folder: string, stamp: Omit<Stamp, 'format'>): void {
  writeFileAtomicSync(join(folder, stampName), `${JSON.stringify({ format: 1, ...stamp }, null, 2)}\n`);
}

/** Describes every file that is missing or differs in size from the stamp, one line each. */
export function damagedFiles(folder: string, stamp: Stamp): string[] {
  return Object.entries(stamp.sizes).flatMap(([name, expected]) => {
    const size = fileSize(join(folder, name));
    if (size === undefined) return [`${name} is missing`];
    return size === expected ? [] : [`${name} has ${size} bytes instead of ${expected}`];
  });
}

/** A file's size in bytes; undefined if it does not exist. */
export function fileSize(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.size;
}
