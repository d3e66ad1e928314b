import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { buildDirectory, packageRoot } from '../paths.js';
import { findCompiler } from './build-tools.js';

/** What a finished build was made from. Written last: a build that was cut short has none. */
export interface BuildStamp {
  /** Hash of sources, headers' versions and compiler. */
  addon: string;
  /** The same with TensorFlow; null if its ops were not built. */
  tensorflowOps: string | null;
  tensorflowDirectory: string | null;
}

const stampPath = join(buildDirectory, 'winnow-build.json');

/** The stamp of the last finished build, if it can be read. */
export function readStamp(): BuildStamp | undefined {
  try {
    return JSON.parse(readFileSync(stampPath, 'utf8')) as BuildStamp;
  } catch {
    return undefined;
  }
}

export function writeStamp(stamp: BuildStamp): void {
  const partial = `${stampPath}.partial`;
  writeFileSync(partial, `${JSON.stringify(stamp, null, 2)}\n`);
  renameSync(partial, stampPath);
}

/** What a build made now would be stamped with. */
export function currentStamp(tensorflowDirectory: string | undefined): BuildStamp {
  const addon = hash([...sourceParts(), ...headerParts(), findCompiler()?.version ?? 'no compiler', process.arch]);
  const directory = tensorflowDirectory ?? null;
  return {
    addon,
    tensorflowOps: directory === null ? null : hash([addon, ...tensorFlowParts(directory)]),
    tensorflowDirectory: directory,
  };
}

function hash(parts: readonly string[]): string {
  const sha = createHash('sha256');
  // Lengths in front: otherwise text moved from one part to the next would not show.
  for (const part of parts) sha.update(`${part.length}:`).update(part);
  return sha.digest('hex');
}

/** Names and contents of all that the binaries are made from; tests are not. */
function sourceParts(): string[] {
  const files = ['CMakeLists.txt', ...filesBelow('cmake'), ...filesBelow('src')].filter(
    (file) => !file.endsWith('_test.cc') && !file.endsWith('/testing.h'),
  );
  return files.flatMap((file) => [file, readFileSync(join(packageRoot, file), 'utf8')]);
}

function filesBelow(folder: string): string[] {
  const entries = readdirSync(join(packageRoot, folder), { withFileTypes: true });
  return entries
    .flatMap((entry) => {
      const path = `${folder}/${entry.name}`;
      return entry.isDirectory() ? filesBelow(path) : [path];
    })
    .sort();
}

function headerParts(): string[] {
  const require = createRequire(import.meta.url);
  return ['node-addon-api', 'node-api-headers'].map((name) => {
    const { version } = require(`${name}/package.json`) as { version: string };
    return `${name}@${version}`;
  });
}

/** What tells one TensorFlow from another wherever it lies: its version header and its library's size. */
function tensorFlowParts(directory: string): string[] {
  const header = join(directory, 'include/tensorflow/core/public/release_version.h');
  const library = join(directory, 'libtensorflow_framework.so.2');
  return [
    existsSync(header) ? readFileSync(header, 'utf8') : 'no version header',
    existsSync(library) ? String(statSync(library).size) : 'no library',
  ];
}
