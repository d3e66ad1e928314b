import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { writeFileAtomicSync } from '@winnow/system/files';

/** Written last into a finished folder: its presence means complete, its sizes tell a file that was cut short since. */
export interface Stamp {
  readonly format: 1;
  readonly version: string;
  /** Size in bytes of each file that is checked before use, by its path inside the folder. */
  readonly sizes: Readonly<Record<string, number>>;
  /** SHA-256 of the wheel the folder was unpacked from. */
  readonly wheel?: string;
  /** What the folder was made from, where that can change. */
  readonly source?: string;
}

const stampName = 'winnow.json';

/** The stamp of a folder; undefined when there is none or it cannot be read as one. */
export function readStamp(folder: string): Stamp | undefined {
  try {
    const stamp = JSON.parse(readFileSync(join(folder, stampName), 'utf8')) as Stamp;
    return stamp.format === 1 && typeof stamp.sizes === 'object' ? stamp : undefined;
  } catch {
    return undefined;
  }
}

/** Marks a folder as finished. */
export function writeStamp(folder: string, stamp: Omit<Stamp, 'format'>): void {
  writeFileAtomicSync(join(folder, stampName), `${JSON.stringify({ format: 1, ...stamp }, null, 2)}\n`);
}

/** What is wrong with the files a stamp names, one line each; empty when all have the size they had when it was written. */
export function damagedFiles(folder: string, stamp: Stamp): string[] {
  return Object.entries(stamp.sizes).flatMap(([name, expected]) => {
    const size = fileSize(join(folder, name));
    if (size === undefined) return [`${name} is missing`];
    return size === expected ? [] : [`${name} has ${size} bytes instead of ${expected}`];
  });
}

/** A file's size in bytes, or undefined if there is no such file. */
export function fileSize(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.size;
}
