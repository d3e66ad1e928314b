/** That what a command writes does not lie among the images that it, or the next command, reads. */

import { readdirSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import type { Outputs } from './outputs.js';

/** Folders of images in a data set's directory. */
const SPLIT = /^(train|test|val|validation)$/i;

/**
 * Checks that nothing is going to be written into a data set's folders of images, or into class folders that they link
 * to: it would be a class or an image there. Beside those folders it is no part of the data. Changes nothing.
 *
 * @param argument what the place was given with, such as `winnow train: --out`
 * @param given the place, as it was given
 * @param dataDir the data set's directory, if one was given
 * @throws RangeError naming the argument, the place and the folder of images
 */
export function checkOutsideData(argument: string, given: string, outputs: Outputs, dataDir: string | undefined): void {
  if (dataDir === undefined) return;
  const folders = foldersIn(dataDir).filter((folder) => SPLIT.test(basename(folder)));
  const roots = folders.flatMap((folder) => [folder, ...foldersIn(folder)]).map((folder) => [folder, real(folder)]);
  for (const place of [...outputs.directories, ...outputs.files].map(real)) {
    const [folder] = roots.find(([, root]) => isWithin(place, root as string)) ?? [];
    if (folder === undefined) continue;
    throw new RangeError(
      `${argument} must be a path outside of the data, got '${given}': ${folder} is a folder of images of ` +
        `${resolve(dataDir)}, and what is written there would become part of the data set`,
    );
  }
}

/** The folders in a folder, links followed; none if it cannot be read, which whoever reads the data will say. */
function foldersIn(directory: string): string[] {
  try {
    const paths = readdirSync(directory).map((name) => join(resolve(directory), name));
    return paths.filter((path) => statSync(path, { throwIfNoEntry: false })?.isDirectory());
  } catch {
    return [];
  }
}

/** A path without links, as far as it is there. */
function real(path: string): string {
  for (let place = resolve(path); ; place = dirname(place)) {
    try {
      return join(realpathSync(place), relative(place, resolve(path)));
    } catch {
      if (dirname(place) === place) return resolve(path);
    }
  }
}

function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}
