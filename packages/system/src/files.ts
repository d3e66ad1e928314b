import {
  closeSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { mkdir, open, rename } from 'node:fs/promises';
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
 * The file that is replaced when a path is written: where it is a link, what that leads to, so that the link stays.
 * A rename would put a regular file in the place of anything, also of a device.
 */
function replacedBy(path: string): string {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return path;
  const kind = statSync(path, { throwIfNoEntry: false });
  if (kind === undefined) throw Object.assign(new Error('ENOENT: it is a link to nothing'), { code: 'ENOENT' });
  if (!kind.isFile() && !kind.isDirectory()) {
    throw Object.assign(new Error('EINVAL: it is not a regular file'), { code: 'EINVAL' });
  }
  return found.isSymbolicLink() ? realpathSync(path) : path;
}

/** `rm`, whatever happens: what went wrong first says more. */
function removeQuietly(file: string | undefined): void {
  try {
    if (file !== undefined) rmSync(file, { force: true });
  } catch {}
}

/**
 * Writes a file atomically: under a temporary name in the same folder, flushed to disk, then renamed. So the file
 * always holds either the old content or all of the new one. An interrupted write leaves at most a `.NAME.….tmp` that
 * nothing reads. Creates the folder if it is missing. Where the path is a symbolic link, what it leads to is written
 * so, and the link stays.
 *
 * @throws WriteError naming the file (ENOTDIR, ENOSPC, EACCES …), after removing the temporary file; also for a link to
 *   nothing and what is no regular file
 */
export async function writeFileAtomic(path: string, data: string | Uint8Array): Promise<void> {
  let temporary: string | undefined;
  try {
    const file = replacedBy(path);
    temporary = temporaryName(file);
    await mkdir(dirname(path), { recursive: true });
    const handle = await open(temporary, 'wx');
    try {
      await handle.writeFile(data);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
  } catch (error) {
    removeQuietly(temporary);
    throw new WriteError(path, error);
  }
}

/** The synchronous form of {@link writeFileAtomic}. */
export function writeFileAtomicSync(path: string, data: string | Uint8Array): void {
  let temporary: string | undefined;
  try {
    const file = replacedBy(path);
    temporary = temporaryName(file);
    mkdirSync(dirname(path), { recursive: true });
    const descriptor = openSync(temporary, 'wx');
    try {
      writeFileSync(descriptor, data);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameSync(temporary, file);
  } catch (error) {
    removeQuietly(temporary);
    throw new WriteError(path, error);
  }
}
