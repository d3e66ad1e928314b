import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { checkKeys } from '@winnow/ops/arguments';
import { cacheDirectory } from '@winnow/system/cache';
import { checkFields } from './check-arguments.js';
import type {
  DatasetDeclaration,
  DatasetProgress,
  FilesDeclaration,
  ReadOptions,
  TextPairDeclaration,
} from './declaration.js';
import { datasetDigest, textPairsDigest } from './digest.js';
import { checkSize } from './formats/class-folders.js';
import type { TextPairDataset } from './formats/text-lines.js';
import type { ImageDataset, Split, UndigestedDataset } from './image-split.js';
import { findDataset, findTextPairDataset } from './sets/registry.js';
import { collectFiles } from './sources/collect.js';
import { filesIn, notThere } from './sources/given-directory.js';
import { terminalProgress } from './terminal-progress.js';

/** What every declaration has. */
const DECLARATION = ['name', 'title'];

/** Where a data set is looked for, and how it is read. */
export interface LoadOptions extends ReadOptions {
  /**
   * A directory that has the set: nothing else is looked into. Refused if it is not there or does not have all of it,
   * and for a set that is made rather than read.
   */
  readonly directory?: string;
  /** Folder for fetched files; default `datasets` in Winnow's cache. */
  readonly cache?: string;
  /** Called with what happens; by default it is shown on standard error. */
  readonly onProgress?: (event: DatasetProgress) => void;
  /** Ends a download. */
  readonly signal?: AbortSignal;
}

/** Options that only sets of images have, and those of all sets. */
const IMAGE_OPTIONS = ['size', 'stream'] as const;
const OPTIONS = ['directory', 'cache', 'onProgress', 'signal'] as const;

/**
 * Loads a data set, by the name of a registered one or from its own declaration.
 *
 * With `stream: true` a set of image files stays on disk and its splits may be `StreamedSplit`s; otherwise all images
 * are in memory.
 *
 * @throws DatasetError `unknown-dataset`, `unavailable` (lists every source with its reason), `broken-file`,
 *   `wrong-layout`, `too-large`. RangeError, TypeError for an option that does not exist, is out of range or has no
 *   meaning for the set.
 */
export function loadDataset(
  dataset: string | DatasetDeclaration,
  options: LoadOptions & { readonly stream: true },
): Promise<ImageDataset<Split>>;
export function loadDataset(dataset: string | DatasetDeclaration, options?: LoadOptions): Promise<ImageDataset>;
export async function loadDataset(
  dataset: string | DatasetDeclaration,
  options: LoadOptions = {},
): Promise<ImageDataset<Split>> {
  checkKeys('loadDataset', 'options', options, [...OPTIONS, ...IMAGE_OPTIONS]);
  const declaration = typeof dataset === 'string' ? findDataset(dataset) : dataset;
  checkFields('loadDataset', 'dataset', declaration, DECLARATION);
  checkMeaning(declaration, options);
  await checkDirectory('loadDataset', options.directory);
  const found =
    declaration.generate?.() ??
    (await showing(declaration, options, (onProgress) => find(declaration, onProgress, options)));
  return { ...found, digest: await datasetDigest(found) };
}

/**
 * Loads a data set of translations, by the name of a registered one or from its own declaration.
 *
 * @throws DatasetError `unknown-dataset`, `unavailable` (lists every source with its reason), `broken-file`,
 *   `wrong-layout`. RangeError for an option that does not exist and a directory that is not there.
 */
export async function loadTextPairs(
  dataset: string | TextPairDeclaration,
  options: Omit<LoadOptions, 'size' | 'stream'> = {},
): Promise<TextPairDataset> {
  checkKeys('loadTextPairs', 'options', options, OPTIONS);
  const declaration = typeof dataset === 'string' ? findTextPairDataset(dataset) : dataset;
  checkFields('loadTextPairs', 'dataset', declaration, DECLARATION);
  await checkDirectory('loadTextPairs', options.directory);
  const found = await showing(declaration, options, async (onProgress) =>
    declaration.read(
      options.directory === undefined
        ? await collected(declaration, onProgress, options, [])
        : await filesIn(declaration, resolve(options.directory)),
    ),
  );
  return { ...found, digest: textPairsDigest(found) };
}

/** @throws RangeError, TypeError for an option that the set would have to ignore, and a size out of range. */
function checkMeaning(declaration: DatasetDeclaration, { directory, size }: LoadOptions): void {
  const { name, generate, resizes } = declaration;
  if (generate && directory !== undefined) {
    throw new RangeError(`loadDataset: directory has no meaning for '${name}', which is made, not read`);
  }
  if (size === undefined) return;
  if (!resizes) throw new RangeError(`loadDataset: size has no meaning for '${name}', whose images have one size`);
  checkSize('loadDataset', size);
}

/** @throws RangeError, TypeError unless it is absent or there */
async function checkDirectory(caller: string, directory: unknown): Promise<void> {
  if (directory === undefined) return;
  if (typeof directory !== 'string') throw new TypeError(`${caller}: directory must be a path, got ${directory}`);
  const found = await stat(directory).catch((error: NodeJS.ErrnoException) => error.code);
  if (typeof found === 'object' && found.isDirectory()) return;
  const what = typeof found === 'object' ? 'which is none' : `which cannot be read (${found})`;
  throw new RangeError(`${caller}: directory must be a directory that is there, got '${directory}', ${what}`);
}

/** Runs `load` with the caller's ears, else with a progress bar on standard error. */
async function showing<T>(
  { title }: FilesDeclaration,
  options: LoadOptions,
  load: (onProgress: (event: DatasetProgress) => void) => Promise<T>,
): Promise<T> {
  if (options.onProgress) return load(options.onProgress);
  const terminal = terminalProgress(title);
  try {
    return await load(terminal.onProgress);
  } finally {
    terminal.stop();
  }
}

async function find(
  declaration: DatasetDeclaration,
  onProgress: (event: DatasetProgress) => void,
  options: LoadOptions,
): Promise<UndigestedDataset<Split>> {
  if (options.directory !== undefined) return readGiven(declaration, resolve(options.directory), options, onProgress);
  const noDirectory = { source: 'given directory', reason: 'none was given' };
  const failures = declaration.readDirectory ? [noDirectory] : [];
  return declaration.read!(await collected(declaration, onProgress, options, failures));
}

/** Reads a set from the given directory, in whichever form it is there. @throws DatasetError if it is not */
async function readGiven(
  declaration: DatasetDeclaration,
  directory: string,
  options: LoadOptions,
  onProgress: (event: DatasetProgress) => void,
): Promise<UndigestedDataset<Split>> {
  const dataset = await declaration.readDirectory?.(directory, { ...options, onProgress });
  if (dataset) return dataset;
  if (declaration.files.length === 0 || !declaration.read) throw await notThere(declaration, directory, []);
  return declaration.read(await filesIn(declaration, directory));
}

function collected(
  declaration: FilesDeclaration,
  onProgress: (event: DatasetProgress) => void,
  options: LoadOptions,
  failures: readonly { source: string; reason: string }[],
): Promise<ReadonlyMap<string, string>> {
  const cache = join(options.cache ?? join(cacheDirectory(), 'datasets'), declaration.name);
  return collectFiles(declaration, { cache, onProgress, signal: options.signal }, failures);
}
