import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { doesNotLoad, locate, sameMinor, wrongVersion } from '../locate.js';
import { mendNode } from './mend-node.js';

/** tfjs-node's module. */
export type Tfjs = typeof import('#tfjs-node');

const require = createRequire(import.meta.url);
const preGyp = '@mapbox/node-pre-gyp';

/**
 * Loads tfjs-node with the TensorFlow in the cache.
 *
 * @throws TensorFlowError NOT_INSTALLED, BROKEN_INSTALLATION or WRONG_VERSION
 */
export function loadTfjs(): Tfjs {
  const location = locate();
  if (!location.ready) throw location.problems[0]!;
  mendNode();
  // Hide the notices about instruction sets and rounding at every start. Warnings and errors stay.
  process.env['TF_CPP_MIN_LOG_LEVEL'] ??= '1';
  const entry = require.resolve('#tfjs-node');
  const tfjs = withBinding(entry, location.binding, () => {
    try {
      return require(entry) as Tfjs;
    } catch (cause) {
      throw doesNotLoad(location, (cause as Error).message, { cause });
    }
  });
  // tfjs-node may have been loaded earlier, with another binding.
  const version = loadedVersion(tfjs);
  if (!sameMinor(version, location.version)) throw wrongVersion('this process', version, location.version);
  return tfjs;
}

/** The version that the loaded TensorFlow reports. */
export function loadedVersion(tfjs: Tfjs): string {
  // By name, because the program may have made another backend current.
  return (tfjs.findBackend('tensorflow') as unknown as { binding: { TF_Version: string } }).binding.TF_Version;
}

// tfjs-node asks node-pre-gyp for the path of its addon, which would be inside its own package. While tfjs-node loads,
// replace node-pre-gyp with a module that answers with our path, to tfjs-node alone. So nothing is written into
// node_modules.
function withBinding<T>(entry: string, binding: string, load: () => T): T {
  const requireThere = createRequire(entry);
  const file = requireThere.resolve(preGyp);
  const original = require.cache[file];
  const asked = join(dirname(entry), '..', 'package.json');
  const find = (path: string, ...rest: unknown[]): string => {
    if (path === asked) return binding;
    delete require.cache[file];
    return (requireThere(preGyp) as { find(path: string, ...rest: unknown[]): string }).find(path, ...rest);
  };
  require.cache[file] = { id: file, filename: file, loaded: true, exports: { find } } as unknown as NodeJS.Module;
  try {
    return load();
  } finally {
    if (original) require.cache[file] = original;
    else delete require.cache[file];
  }
}
