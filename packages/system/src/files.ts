import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { temporaryName } from './obstacles.js';

export { obstacleToDirectory, obstacleToFile } from './obstacles.js';

/** A file or folder that could not be written. The message names it; `code` is the system's, such as `ENOSPC`. */
export class WriteError extends Error {
  override readonly name = 'WriteError';
  readonly code: string | undefined;

  /** @param path what was to be written, under the name that it was given */
  constructor(path: string, cause: unknown) {
    const { code, message } = cause as NodeJS.ErrnoException;
    // `ENOSPC: no space left on device, write`: the system's own message names no file, or a temporary one.
    const [, reason = message] = /^[A-Z0-9]+: ([^,]+)/.exec(message) ?? [];
    super(`${path} cannot be written: ${reason}${code === undefined ? '' : ` (${code})`}`, { cause });
    this.code = code;
  }
}

/** Runs what writes a file or folder. @throws WriteError naming `path` in whatever the system says */
export function writing<T>(path: string, write: () => T): T {
  try {
    return write();
  } catch (cause) {
    throw cause instanceof WriteError ? cause : new WriteError(path, cause);
  }
}

/**
 * Writes a file atomically: under a temporary name in the same folder, flushed to disk, then renamed. So the file
 * always holds either the old content or all of the new one. An interrupted write leaves at most a `.NAME.….tmp` that
 * nothing reads. Creates the folder if it is missing.
 *
 * @throws WriteError naming the file (ENOTDIR, ENOSPC, EACCES …), after removing the temporary file
 */
export async function writeFileAtomic(path: string, data: string | Uint8Array): Promise<void> {
  const temporary = temporaryName(path);
  try {
    await mkdir(dirname(path), { recursive: true });
    const handle = await open(temporary, 'wx');
    try {
      await handle.writeFile(data);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {});
    throw new WriteError(path, error);
  }
}

/** The synchronous form of {@link writeFileAtomic}. */
export function writeFileAtomicSync(path: string, data: string | Uint8Array): void {
  const temporary = temporaryName(path);
  try {
    mkdirSync(dirname(path), { recursive: true });
    const descriptor = openSync(temporary, 'wx');
    try {
      writeFileSync(descriptor, data);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameSync(temporary, path);
  } catch (error) {
    try {
      rmSync(temporary, { force: true });
    } catch {
      // What went wrong first says more.
    }
    throw new WriteError(path, error);
  }
}
