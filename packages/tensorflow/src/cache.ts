import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { napiVersion, type Release, tfjsVersion } from './release.js';

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

/** The folder of a binding says what it depends on, so that versions lie beside each other. */
export const bindingFolder = `tfjs-node-gpu-${tfjsVersion}-napi${napiVersion}`;

/** What is compiled: the module Node loads, and tfjs-node's own code, which it loads. */
export const bindingFiles = ['tfjs_binding.node', 'libtfjs_binding_impl.so'] as const;

/** Where all that belongs to TensorFlow lies. */
export const tensorflowCache = (env?: Environment): string => join(cacheDirectory(env), 'tensorflow');

/** Where a release is unpacked. */
export const releaseDirectory = (release: Release, env?: Environment): string =>
  join(tensorflowCache(env), `${release.version}-${release.build}`);
