import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { TensorFlowError } from '../errors.js';
import { locate } from '../locate.js';
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
  return withBinding(entry, location.binding, () => {
    try {
      return require(entry) as Tfjs;
    } catch (cause) {
      const reason = `TensorFlow in ${location.directory} does not load: ${(cause as Error).message}`;
      throw new TensorFlowError('BROKEN_INSTALLATION', reason, undefined, { cause });
    }
  });
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
