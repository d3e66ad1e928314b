import { existsSync } from 'node:fs';
import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ADDON_FILE, prebuildDirectory, releaseDirectory, TENSORFLOW_OPS_FILE } from './paths.js';

/**
 * Copies what build/Release holds to prebuilds/<platform>-<arch>, from where the published package loads it.
 * @returns the files written.
 */
export async function writePrebuilds(): Promise<string[]> {
  await mkdir(prebuildDirectory, { recursive: true });
  const files = [ADDON_FILE, TENSORFLOW_OPS_FILE].filter((file) => existsSync(join(releaseDirectory, file)));
  for (const file of files) await copyFile(join(releaseDirectory, file), join(prebuildDirectory, file));
  return files.map((file) => join(prebuildDirectory, file));
}
