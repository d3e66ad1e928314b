import { homedir } from 'node:os';
import { join } from 'node:path';

/** Winnow's cache: $WINNOW_CACHE, else $XDG_CACHE_HOME/winnow, else ~/.cache/winnow. */
export function cacheDirectory(): string {
  if (process.env['WINNOW_CACHE']) return process.env['WINNOW_CACHE'];
  return join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'winnow');
}
