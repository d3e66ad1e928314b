import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

/** The environment variables a function reads. Default: `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Winnow's cache directory: `$WINNOW_CACHE`, else `$XDG_CACHE_HOME/winnow`, else `~/.cache/winnow`. It is safe to
 * delete: the setup recreates its contents.
 */
export function cacheDirectory(env: Environment = process.env): string {
  if (env['WINNOW_CACHE']) return resolve(env['WINNOW_CACHE']);
  if (env['XDG_CACHE_HOME']) return resolve(env['XDG_CACHE_HOME'], 'winnow');
  return join(env['HOME'] || homedir(), '.cache', 'winnow');
}
