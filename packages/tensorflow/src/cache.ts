import { join } from 'node:path';
import { cacheDirectory, type Environment } from '@winnow/system/cache';
import { napiVersion, type Release, tfjsVersion } from './release.js';

/** Folder of a compiled binding. Its name holds what the binding depends on, so that several versions can coexist. */
export const bindingFolder = `tfjs-node-gpu-${tfjsVersion}-napi${napiVersion}`;

/** The compiled files: the module that Node loads, and the library with tfjs-node's own code that this module loads. */
export const bindingFiles = ['tfjs_binding.node', 'libtfjs_binding_impl.so'] as const;

/** Directory of everything that belongs to TensorFlow. */
export const tensorflowCache = (env?: Environment): string => join(cacheDirectory(env), 'tensorflow');

/** Directory of an unpacked release. */
export const releaseDirectory = (release: Release, env?: Environment): string =>
  join(tensorflowCache(env), `${release.version}-${release.build}`);
