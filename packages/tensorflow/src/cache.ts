import { join } from 'node:path';
import { cacheDirectory, type Environment } from '@winnow/system/cache';
import { napiVersion, type Release, tfjsVersion } from './release.js';

/** The folder of a binding says what it depends on, so that versions lie beside each other. */
export const bindingFolder = `tfjs-node-gpu-${tfjsVersion}-napi${napiVersion}`;

/** What is compiled: the module Node loads, and tfjs-node's own code, which it loads. */
export const bindingFiles = ['tfjs_binding.node', 'libtfjs_binding_impl.so'] as const;

/** Where all that belongs to TensorFlow lies. */
export const tensorflowCache = (env?: Environment): string => join(cacheDirectory(env), 'tensorflow');

/** Where a release is unpacked. */
export const releaseDirectory = (release: Release, env?: Environment): string =>
  join(tensorflowCache(env), `${release.version}-${release.build}`);
