import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { doesNotLoad, locate, sameMinor, wrongVersion } from '../locate.js';
import { mendNode } from './mend-node.js';

/** tfjs-node's module, as its own types describe it. */
export type Tfjs = typeof import('@tensorflow/tfjs-node-gpu');

const require = createRequire(import.meta.url);
const preGyp = '@mapbox/node-pre-gyp';

/**
 * Loads tfjs-node with the TensorFlow of the cache.
 *
 * @throws TensorFlowError NOT_INSTALLED, BROKEN_INSTALLATION or WRONG_VERSION
 */
export function loadTfjs(): Tfjs {
  const location = locate();
  if (!location.ready) throw location.problems[0]!;
  mendNode();
  // Notices about instruction sets and rounding at every start help nobody; warnings and errors stay.
  process.env['TF_CPP_MIN_LOG_LEVEL'] ??= '1';
  const entry = require.resolve('@tensorflow/tfjs-node-gpu');
  const tfjs = withBinding(entry, location.binding, () => {
    try {
      return require(entry) as Tfjs;
    } catch (cause) {
      throw doesNotLoad(location, (cause as Error).message, { cause });
    }
  });
  // Somebody may have loaded tfjs-node before, with a binding of another place.
  const version = loadedVersion(tfjs);
  if (!sameMinor(version, location.version)) throw wrongVersion('this process', version, location.version);
  return tfjs;
}

/** What the TensorFlow under tfjs-node calls itself. */
export function loadedVersion(tfjs: Tfjs): string {
  // Not the current backend: a program may have chosen another one since.
  return (tfjs.findBackend('tensorflow') as unknown as { binding: { TF_Version: string } }).binding.TF_Version;
}

// tfjs-node asks node-pre-gyp where its addon is, and expects it inside its own package. For the time of loading, a
// module of the same name answers for tfjs-node alone; so nothing has to be written into node_modules.
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
