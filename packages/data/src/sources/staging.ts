import { mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { DatasetFile } from '../declaration.js';
import { faultOf } from './verify.js';

const PREFIX = '.fetching-';
/** A staging folder that nothing has been written to for so long belongs to a process that was killed. */
const ABANDONED_AFTER_MS = 60 * 60 * 1000;

async function removeAbandoned(cache: string): Promise<void> {
  for (const name of await readdir(cache)) {
    if (!name.startsWith(PREFIX)) continue;
    const path = join(cache, name);
    const times = await Promise.all(
      [path, ...(await readdir(path).catch(() => [])).map((file) => join(path, file))].map((entry) =>
        stat(entry).then(
          ({ mtimeMs }) => mtimeMs,
          () => 0,
        ),
      ),
    );
    if (Date.now() - Math.max(...times) > ABANDONED_AFTER_MS) await rm(path, { recursive: true, force: true });
  }
}

/**
 * Runs `fetch` with a folder of its own inside the cache and moves the files that it leaves there into the cache, each
 * verified and in one rename. So the cache never holds half a file under its real name, two processes never write to
 * the same file, and whatever interrupts us leaves only a hidden folder, which a later run removes.
 * @throws Error if a file that `fetch` left is not the declared one.
 */
export async function throughStaging(
  cache: string,
  files: readonly DatasetFile[],
  fetch: (folder: string) => Promise<void>,
): Promise<void> {
  await mkdir(cache, { recursive: true });
  await removeAbandoned(cache);
  const folder = await mkdtemp(join(cache, PREFIX));
  try {
    await fetch(folder);
    for (const file of files) {
      const fault = await faultOf(join(folder, file.name), file);
      if (fault === 'absent') throw new Error(`${file.name} is not among what it holds`);
      if (fault !== undefined) throw new Error(`not the declared file: ${fault.replace(`${folder}/`, '')}`);
      await rename(join(folder, file.name), join(cache, file.name));
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
