import { accessSync, constants, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/**
 * Checks, before any work, that results can be written where they are to go: the nearest folder that is there must take
 * new files.
 *
 * @param option what the path was given with, such as `winnow train: --out`
 * @param kind `directory`: the path is a folder for all results. `files`: the results' names begin with it
 * @throws RangeError naming option, path and what is there
 */
export function checkOutputPath(option: string, path: string, kind: 'directory' | 'files'): void {
  const refuse = (reason: string): never => {
    const what = kind === 'directory' ? 'a directory' : 'a path in a directory';
    throw new RangeError(`${option} must be ${what} that can be written to, got '${path}': ${reason}`);
  };
  for (let place = kind === 'directory' ? resolve(path) : dirname(resolve(path)); ; place = dirname(place)) {
    try {
      if (!statSync(place).isDirectory()) refuse(`${place} is not a directory`);
      accessSync(place, constants.W_OK | constants.X_OK);
      return;
    } catch (error) {
      if (error instanceof RangeError) throw error;
      const { code } = error as NodeJS.ErrnoException;
      // Not there, or below a file: what is above it says which.
      if (code === 'ENOENT' || code === 'ENOTDIR') continue;
      refuse(`${place} cannot be written to (${code})`);
    }
  }
}
