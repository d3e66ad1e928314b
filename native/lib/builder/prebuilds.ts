import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { CONTRACT_VERSION } from '../binding.js';
import { ADDON_FILE, isWorkspace, prebuildDirectory, releaseDirectory, TENSORFLOW_OPS_FILE } from '../paths.js';

/**
 * Copies what build/Release holds to prebuilds/<platform>-<arch>, from where the published package loads it.
 * @returns the files written.
 */
export async function writePrebuilds(): Promise<string[]> {
  await removePrebuilds();
  await mkdir(prebuildDirectory, { recursive: true });
  const files = [ADDON_FILE, TENSORFLOW_OPS_FILE].filter((file) => existsSync(join(releaseDirectory, file)));
  for (const file of files) await copyFile(join(releaseDirectory, file), join(prebuildDirectory, file));
  return files.map((file) => join(prebuildDirectory, file));
}

/**
 * Removes what writePrebuilds() wrote, for every platform: in the workspace it would be taken for a build when it is
 * long outdated.
 */
export async function removePrebuilds(): Promise<void> {
  await rm(dirname(prebuildDirectory), { recursive: true, force: true });
}

/**
 * Whether the binaries that this package carries serve here, so that nothing need be compiled: they load on this system
 * (another C++ library may be too old for them), have the version that this TypeScript speaks, and the operations fit
 * this TensorFlow. Tried in a process of its own: what is loaded once stays loaded. Never true in the workspace, where
 * the sources may be newer.
 */
export function prebuildsWork(tensorflowDirectory: string | undefined): boolean {
  const [addon, ops] = [ADDON_FILE, TENSORFLOW_OPS_FILE].map((file) => join(prebuildDirectory, file)) as [
    string,
    string,
  ];
  const files = tensorflowDirectory === undefined ? [addon] : [addon, ops];
  if (isWorkspace() || !files.every((file) => existsSync(file))) return false;
  const code = `
    const [version, addon, ops] = process.argv.slice(1);
    const binding = require(addon);
    if (String(binding.contractVersion) !== version) process.exit(1);
    if (ops) binding.loadTensorFlowOps(ops);`;
  const env = { ...process.env, NODE_OPTIONS: '', TF_CPP_MIN_LOG_LEVEL: '3' };
  // The operations resolve against the TensorFlow that is in the process; this is the shortest way to have it there.
  const preload =
    tensorflowDirectory === undefined ? {} : { LD_PRELOAD: join(tensorflowDirectory, 'libtensorflow_framework.so.2') };
  const args = ['-e', code, String(CONTRACT_VERSION), ...files];
  return spawnSync(process.execPath, args, { env: { ...env, ...preload }, stdio: 'ignore' }).status === 0;
}
