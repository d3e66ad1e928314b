/** What would keep a file or a folder from being written: asked before work that would else be lost at its end. */

import { randomBytes } from 'node:crypto';
import { accessSync, constants, lstatSync, realpathSync, type Stats, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';

/**
 * The name that a file is written under first. The process id alone is not unique: one process may write twice at once,
 * and two machines may share the folder.
 */
export function temporaryName(path: string): string {
  return join(dirname(path), `.${basename(path)}.${process.pid}.${randomBytes(4).toString('hex')}.tmp`);
}

/**
 * What keeps a folder from being made at a path, or from taking new files if it is there. Changes nothing.
 * @returns such as `/a/b is not a directory`; undefined if nothing is in the way
 */
export function obstacleToDirectory(path: string): string | undefined {
  for (let place = resolve(path); ; place = dirname(place)) {
    const found = look(place);
    if (typeof found === 'string') return found;
    if (found !== undefined) return found.isDirectory() ? refusedAccess(place) : `${place} is not a directory`;
    if (dirname(place) === place) return `${place} is not there`;
  }
}

/**
 * What keeps a file from being written at a path as `writeFileAtomic` does, which replaces it, or what a link there
 * leads to. A file that is read-only is to be kept, although its folder would let it be replaced. Changes nothing.
 * @returns such as `/a/b is a directory`; undefined if nothing is in the way
 */
export function obstacleToFile(path: string): string | undefined {
  const place = resolve(path);
  const found = look(place);
  if (typeof found === 'string') return found;
  if (found?.isDirectory()) return `${place} is a directory`;
  if (found && !found.isFile()) return `${place} is not a regular file`;
  // The mode as well: the superuser may write to everything.
  if (found && (found.mode & 0o222) === 0) return `${place} is read-only`;
  const refused = found && refusedAccess(place, constants.W_OK);
  if (refused !== undefined) return refused;
  // Beside what a link leads to, the new file is made.
  const target = found ? realpathSync(place) : place;
  const above = obstacleToDirectory(dirname(target));
  if (above !== undefined) return above;
  const temporary = look(temporaryName(target));
  return typeof temporary === 'string' ? `${place} cannot be written to (its name is too long)` : undefined;
}

/** What is at a path, links followed; undefined if nothing is, and a reason if that cannot be told. */
function look(place: string): Stats | string | undefined {
  try {
    const found = statSync(place, { throwIfNoEntry: false });
    if (found) return found;
    return lstatSync(place, { throwIfNoEntry: false }) ? `${place} is a link to nothing` : undefined;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // Below a file: what is above says which.
    return code === 'ENOTDIR' ? undefined : `${place} cannot be written to (${code})`;
  }
}

function refusedAccess(place: string, wanted = constants.W_OK | constants.X_OK): string | undefined {
  try {
    accessSync(place, wanted);
    return undefined;
  } catch (error) {
    return `${place} cannot be written to (${(error as NodeJS.ErrnoException).code})`;
  }
}
