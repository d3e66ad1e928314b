/** A directory that the user gave for a data set: it has the set, or is refused. Nothing else is tried in its place. */

import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { checkFields, checkPath } from '../check-arguments.js';
import type { DatasetDeclaration, FilesDeclaration, TextPairDeclaration } from '../declaration.js';
import { DatasetError } from '../errors.js';
import { whatIsIn } from '../formats/split-folders.js';
import { findIn } from './verify.js';

/**
 * Looks, at names and sizes alone, whether a directory has a data set: asked before any work.
 *
 * @param directory one that is there
 * @throws DatasetError `wrong-layout`, `broken-file` that says what was looked for, what was found, and how to mend it;
 *   TypeError for what is no declaration or no path
 */
export async function checkDatasetDirectory(
  declaration: DatasetDeclaration | TextPairDeclaration,
  directory: string,
): Promise<void> {
  checkFields('checkDatasetDirectory', 'declaration', declaration, ['files']);
  checkPath('checkDatasetDirectory', 'directory', directory);
  const { files, hasLayout } = declaration as DatasetDeclaration;
  if (await hasLayout?.(directory)) return;
  if (files.length > 0) {
    const sizes = await Promise.all(files.map(({ name }) => sizeOf(join(directory, name))));
    if (files.every(({ size }, i) => sizes[i] === size)) return;
    await filesIn(declaration, directory);
  } else if (hasLayout) throw await notThere(declaration, directory, []);
}

/**
 * Every declared file in a given directory, verified.
 *
 * @returns the path of each file by its name
 * @throws DatasetError `wrong-layout`, `broken-file` as `checkDatasetDirectory`
 */
export async function filesIn(declaration: FilesDeclaration, directory: string): Promise<ReadonlyMap<string, string>> {
  const { found, absent, broken } = await findIn(directory, declaration.files);
  if (absent.length === 0 && broken.length === 0) return found;
  throw await notThere(declaration, directory, absent, broken);
}

/** The error for a directory that does not have a data set. */
export async function notThere(
  { title, files, layout, sources }: FilesDeclaration,
  directory: string,
  absent: readonly string[],
  broken: readonly string[] = [],
): Promise<DatasetError> {
  const wanted = [layout, files.map(({ name }) => name).join(', ')].filter(Boolean).join(', or ');
  const missing = absent.length > 0 && absent.length < files.length ? [`missing: ${absent.join(', ')}`] : [];
  const inner = absent.length > 0 ? await folderWith(directory, absent[0]!) : undefined;
  const advice = [
    inner === undefined ? 'Give a directory that has it' : `Give ${inner}`,
    ...(sources.length > 0 ? ['or none (--data-dir; in code: directory), and it is fetched'] : []),
  ].join(', ');
  const reasons = [...broken, ...missing, `found ${await whatIsIn(directory)}`].join('; ');
  return new DatasetError(
    broken.length > 0 ? 'broken-file' : 'wrong-layout',
    `${directory} does not hold ${title}: looked for ${wanted}; ${reasons}. ${advice}.`,
  );
}

async function sizeOf(path: string): Promise<number | undefined> {
  return stat(path).then(
    (found) => (found.isFile() ? found.size : undefined),
    () => undefined,
  );
}

/** A folder in the directory that has a file, as archives unpack into one. */
async function folderWith(directory: string, file: string): Promise<string | undefined> {
  for (const entry of await readdir(directory, { withFileTypes: true }).catch(() => [])) {
    const path = join(directory, entry.name);
    if (entry.isDirectory() && (await sizeOf(join(path, file))) !== undefined) return path;
  }
  return undefined;
}
