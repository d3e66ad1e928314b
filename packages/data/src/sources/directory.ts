import { join } from 'node:path';
import type { DatasetFile } from '../declaration.js';
import { faultOf } from './verify.js';

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
