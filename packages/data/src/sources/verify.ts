import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { DatasetFile } from '../declaration.js';

/**
 * Says what is wrong with the file at `path`, measured against its declaration; undefined if it is the right one,
 * `absent` if none.
 */
export async function faultOf(path: string, file: DatasetFile): Promise<string | undefined> {
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => error.code ?? error.message);
  if (found === 'ENOENT' || found === 'ENOTDIR') return 'absent';
  if (typeof found === 'string') return `${path} cannot be read (${found})`;
  if (!found.isFile()) return `${path} is no file`;
  if (found.size !== file.size) return `${path} has ${found.size} bytes, expected ${file.size}`;
  const hash = createHash('sha256');
  try {
    await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash);
  } catch (error) {
    return `${path} cannot be read (${(error as Error).message})`;
  }
  const sha256 = hash.digest('hex');
  return sha256 === file.sha256 ? undefined : `${path} has sha256 ${sha256}, expected ${file.sha256}`;
}

/** What a directory has of the files that are looked for. */
export interface Findings {
  /** Path of each right file by its name. */
  readonly found: ReadonlyMap<string, string>;
  /** Names of files that are not there. */
  readonly absent: readonly string[];
  /** What is wrong with files that are there: each names the file. */
  readonly broken: readonly string[];
}

/** Looks for files in a directory and verifies those that are there. */
export async function findIn(directory: string, files: readonly DatasetFile[]): Promise<Findings> {
  const found = new Map<string, string>();
  const absent: string[] = [];
  const broken: string[] = [];
  for (const file of files) {
    const path = join(directory, file.name);
    const fault = await faultOf(path, file);
    if (fault === undefined) found.set(file.name, path);
    else if (fault === 'absent') absent.push(file.name);
    else broken.push(fault);
  }
  return { found, absent, broken };
}
