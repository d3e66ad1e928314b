import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { buildNative, removePrebuilds, writePrebuilds } from '@winnow/native/build';
import { setupTensorflow } from '@winnow/tensorflow/setup';

const root = fileURLToPath(new URL('../..', import.meta.url));
const { packageManager } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { packageManager: string };

/** A package of the workspace that others may install. */
export interface PackedPackage {
  readonly name: string;
  /** The file name of its tarball. */
  readonly tarball: string;
}

export interface PackOptions {
  /** Where the tarballs go. Those that are there are removed first: an install line takes all of them. */
  readonly directory: string;
  readonly onProgress?: (progress: { done: number; total: number; message: string }) => void;
}

/**
 * Packs every public package of the workspace as `pnpm publish` would, with the addon and the TensorFlow operations
 * compiled for this system, so that installing them compiles neither.
 */
export async function packAll({ directory, onProgress }: PackOptions): Promise<PackedPackage[]> {
  const { directory: tensorflowDirectory } = await setupTensorflow();
  const packages = await publicPackages();
  const total = 100 + 10 * (1 + packages.length);
  await buildNative({
    tensorflowDirectory,
    onProgress: ({ fraction }) => onProgress?.({ done: 100 * fraction, total, message: 'Compiling the addon' }),
  });
  mkdirSync(directory, { recursive: true });
  for (const file of readdirSync(directory)) if (file.endsWith('.tgz')) rmSync(join(directory, file));
  const packed: PackedPackage[] = [];
  try {
    await writePrebuilds();
    onProgress?.({ done: 100, total, message: 'Compiling TypeScript' });
    await pnpm(root, 'run', 'build');
    for (const { name, path } of packages) {
      onProgress?.({ done: 110 + 10 * packed.length, total, message: `Packing ${name}` });
      const answer = await pnpm(path, 'pack', '--json', '--pack-destination', directory);
      const { filename } = JSON.parse(answer.slice(answer.indexOf('\n{') + 1)) as { filename: string };
      packed.push({ name, tarball: filename.slice(filename.lastIndexOf('/') + 1) });
    }
  } finally {
    await removePrebuilds();
  }
  onProgress?.({ done: total, total, message: 'Packed' });
  return packed;
}

async function publicPackages(): Promise<{ name: string; path: string }[]> {
  const listed = JSON.parse(await pnpm(root, 'list', '--recursive', '--depth', '-1', '--json')) as {
    name: string;
    path: string;
    private: boolean;
  }[];
  return listed.filter((item) => !item.private);
}

async function pnpm(cwd: string, ...args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)('npx', ['-y', packageManager, ...args], { cwd, maxBuffer: 2 ** 26 });
  return stdout;
}
