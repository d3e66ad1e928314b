/** What commands and runs write, and the check that they will be able to, before any work. */

import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { obstacleToDirectory, obstacleToFile } from '@winnow/system/files';

/** All that is going to be written. */
export interface Outputs {
  readonly directories: readonly string[];
  readonly files: readonly string[];
  /**
   * Files that tell an earlier run of ours. Where none of them is there, a file of `files` that is there is somebody
   * else's. Without them, files are replaced.
   */
  readonly signs?: readonly string[];
}

/**
 * Checks that everything can be written where it is to go, and that no file is replaced that no earlier run has
 * written. Changes nothing.
 *
 * @param argument what the place was given with, such as `winnow train: --out`
 * @param given the place, as it was given
 * @throws RangeError naming the argument, the place, and what is in the way of which file or folder
 */
export function checkOutputs(argument: string, given: string, { directories, files, signs }: Outputs): void {
  const refuse = (reason: string): never => {
    throw new RangeError(`${argument} must be a path that can be written to, got '${given}': ${reason}`);
  };
  if (given.trim() === '') refuse('it is empty');
  for (const directory of directories) {
    const obstacle = obstacleToDirectory(directory);
    if (obstacle !== undefined) refuse(obstacle);
  }
  for (const file of files) {
    const obstacle = obstacleToFile(file);
    if (obstacle !== undefined) refuse(obstacle);
  }
  if (signs === undefined || signs.some((sign) => existsSync(sign))) return;
  const other = files.find((file) => existsSync(file));
  if (other === undefined) return;
  const names = signs.map((sign) => basename(sign)).join(' or ');
  refuse(`${other} would be replaced, and no ${names} beside it says that an earlier run wrote it; move it away`);
}

/** What `writeFigure` writes. @param path without extension */
export function figureFiles(path: string): string[] {
  return [`${path}.svg`, `${path}.png`];
}
