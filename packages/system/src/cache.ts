import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

/** The environment variables a function looks at; `process.env` unless a caller says otherwise. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Winnow's cache: `$WINNOW_CACHE`, else `$XDG_CACHE_HOME/winnow`, else `~/.cache/winnow`. Everything in it can be deleted
 * and is made again by the setup.
 */
export function cacheDirectory(env: Environment = process.env): string {
  if (env['WINNOW_CACHE']) return resolve(env['WINNOW_CACHE']);
  if (env['XDG_CACHE_HOME']) return resolve(env['XDG_CACHE_HOME'], 'winnow');
  return join(env['HOME'] || homedir(), '.cache', 'winnow');
}
