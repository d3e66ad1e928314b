import type { DatasetFile, DatasetProgress, FilesDeclaration, Source } from '../declaration.js';
import { DatasetError } from '../errors.js';
import { fetchDebianPackage } from './debian.js';
import { throughStaging } from './staging.js';
import { findIn } from './verify.js';
import { download } from './web.js';

/** Where to look, and whom to tell. */
export interface CollectOptions {
  /** This data set's folder in the cache. */
  readonly cache: string;
  readonly onProgress: (event: DatasetProgress) => void;
  readonly signal?: AbortSignal | undefined;
}

type Failure = { readonly source: string; readonly reason: string };

function labelOf(source: Source): string {
  return source.kind === 'web' ? source.base : `Debian package ${source.package}`;
}

/** Brings `files` from `source` into the cache. */
async function fetchFrom(source: Source, files: readonly DatasetFile[], options: CollectOptions): Promise<void> {
  const label = labelOf(source);
  const total = files.reduce((sum, file) => sum + file.size, 0);
  const onBytes = (received: number) =>
    options.onProgress({ kind: 'download', source: label, received: Math.min(received, total), total });
  await throughStaging(options.cache, files, (folder) =>
    source.kind === 'web'
      ? download(source.base, files, folder, onBytes, options.signal)
      : fetchDebianPackage(source, files, folder, onBytes, options.signal),
  );
  onBytes(total);
  options.onProgress({ kind: 'fetched', source: label });
}

function unavailable(declaration: FilesDeclaration, failures: readonly Failure[]): DatasetError {
  const { name, title, files, layout } = declaration;
  const reasons = failures.map(({ source, reason }) => `\n  - ${source}: ${reason}`).join('');
  const wanted = [layout, files.map((file) => file.name).join(', ')].filter(Boolean).join(', or ');
  return new DatasetError(
    'unavailable',
    `${title} could not be had from any of its sources:${reasons}\n` +
      `To mend it, give a directory with ${wanted}: --data-dir DIRECTORY ` +
      `(in code: loadDataset('${name}', {directory})).`,
  );
}

/**
 * Finds every file of a data set: in the cache, then from its sources in order, each asked only for what is still
 * missing.
 * @returns the path of each file by its name; every one verified.
 * @throws DatasetError `unavailable` that lists each source with its reason.
 */
export async function collectFiles(
  declaration: FilesDeclaration,
  options: CollectOptions,
  earlier: readonly Failure[] = [],
): Promise<Map<string, string>> {
  const paths = new Map<string, string>();
  const failures: Failure[] = [...earlier];
  const missing = () => declaration.files.filter((file) => !paths.has(file.name));
  const fail = (source: string, reason: string) => {
    failures.push({ source, reason });
    options.onProgress({ kind: 'skipped', source, reason });
  };
  const lookIn = async (source: string, directory: string) => {
    const { found, absent, broken } = await findIn(directory, missing());
    for (const [name, path] of found) paths.set(name, path);
    if (broken.length > 0) fail(source, broken.join('; '));
    if (absent.length === 0) return;
    // That the cache is still empty is no news, only a line in the list of what was tried.
    failures.push({ source, reason: `${absent.join(', ')} not in ${directory}` });
  };

  if (declaration.files.length === 0) throw unavailable(declaration, failures);
  await lookIn('cache', options.cache);
  for (const source of declaration.sources) {
    if (missing().length === 0) break;
    if (source.kind === 'debian') await lookIn('installed Debian package', source.directory);
    const wanted = missing();
    if (wanted.length === 0) break;
    try {
      await fetchFrom(source, wanted, options);
    } catch (error) {
      options.signal?.throwIfAborted();
      fail(labelOf(source), (error as Error).message);
      continue;
    }
    await lookIn('cache', options.cache);
  }
  if (missing().length > 0) throw unavailable(declaration, failures);
  return paths;
}
