import { TensorFlowError } from '../errors.js';
import { type LocateOptions, locate, requestedBuild, type TensorflowLocation } from '../locate.js';
import { releases } from '../release.js';
import { advice } from './advice.js';
import { compileBinding } from './compile.js';
import { drawProgress } from './draw.js';
import { fetchTensorflow, type SetupLock } from './fetch.js';
import { type Platform, requirePlatform } from './platform.js';
import { findPython } from './python.js';
import type { SetupListener } from './stages.js';
import { findCmake, findCompiler } from './tools.js';

/** The public options, and those for use inside this package. */
export interface InstallOptions extends LocateOptions {
  readonly quiet?: boolean;
  readonly onProgress?: SetupListener;
  readonly platform?: Platform;
}

/** Implements `setupTensorflow`. */
export async function install(options: InstallOptions = {}): Promise<TensorflowLocation> {
  const env = options.env ?? process.env;
  const before = locate(options);
  if (before.ready) return before;
  // Never write into a user's own TensorFlow directory.
  if (before.build === 'external' && before.missing === 'files') throw before.problems[0]!;
  requirePlatform(options.platform);
  // Cheap checks first, so that a missing compiler is reported before the download and not after it.
  findCompiler(env);
  findCmake(env);

  const drawing = options.quiet ? undefined : drawProgress();
  const listener: SetupListener = (progress) => {
    drawing?.show(progress);
    options.onProgress?.(progress);
  };
  let lock: SetupLock | undefined;
  try {
    const release = (options.releases ?? releases)[options.build ?? requestedBuild(env)];
    if (before.missing === 'files') lock = await fetchTensorflow(release, findPython(env), env, listener);
    // Another process may have compiled the binding while this one waited for the lock.
    const fetched = locate(options);
    if (!fetched.ready) await compileBinding(fetched, release.version, env, listener);
    const after = locate(options);
    if (!after.ready)
      throw (
        after.problems[0] ??
        new TensorFlowError('BROKEN_INSTALLATION', 'The setup finished, but TensorFlow is still not ready.')
      );
    return after;
  } catch (error) {
    throw asTensorFlowError(error);
  } finally {
    drawing?.stop();
    await lock?.release();
  }
}

function asTensorFlowError(error: unknown): unknown {
  const { code, message } = error as NodeJS.ErrnoException;
  const isAccess = code === 'EACCES' || code === 'EPERM' || code === 'EROFS' || code === 'ENOTDIR';
  if (error instanceof TensorFlowError || !(isAccess || code === 'ENOSPC')) return error;
  const kind = isAccess ? 'CACHE_UNWRITABLE' : 'DISK_SPACE';
  return new TensorFlowError(kind, `The cache cannot be written: ${message}.`, advice(kind), { cause: error });
}
