import { existsSync } from 'node:fs';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { NativeAddonError } from '../errors.js';
import {
  ADDON_FILE,
  buildDirectory,
  packageRoot,
  prebuildDirectory,
  releaseDirectory,
  TENSORFLOW_OPS_FILE,
} from '../paths.js';
import { type BuildStamp, currentStamp, readStamp, writeStamp } from './build-stamp.js';
import { requireBuildTools } from './build-tools.js';
import { withLock } from './lock.js';
import { prebuildsWork } from './prebuilds.js';
import { runProgram } from './process.js';

export interface BuildProgress {
  /** In [0, 1]. */
  fraction: number;
  /** What is being done, for people. */
  message: string;
}

export interface BuildOptions {
  /**
   * A directory with libtensorflow_framework.so.2 and include/. Without, the one of the last build is used again if it
   * still exists, and otherwise the addon alone is built.
   */
  tensorflowDirectory?: string;
  onProgress?: (progress: BuildProgress) => void;
  /** Receives every line the tools print. */
  log?: (line: string) => void;
}

export interface BuildResult {
  /** False if everything was up to date. */
  built: boolean;
  /** Where winnow.node and winnow_tensorflow.so lie. */
  directory: string;
  /** Whether the TensorFlow ops are there, too. */
  tensorflowOps: boolean;
}

/** 'prebuilt': not built here, but the package carries one. */
export type BinaryState = 'current' | 'outdated' | 'prebuilt' | 'missing';

export interface NativeStatus {
  addon: BinaryState;
  tensorflowOps: BinaryState;
  directory: string;
}

/** What a build would find: for a doctor, and to ask before building. Compares hashes; builds and loads nothing. */
export function nativeStatus(options: Pick<BuildOptions, 'tensorflowDirectory'> = {}): NativeStatus {
  const stamp = readStamp();
  const current = currentStamp(chosenTensorFlow(options.tensorflowDirectory, stamp));
  const state = (file: string, key: 'addon' | 'tensorflowOps'): BinaryState => {
    if (!existsSync(join(releaseDirectory, file))) {
      return existsSync(join(prebuildDirectory, file)) ? 'prebuilt' : 'missing';
    }
    return stamp?.[key] != null && stamp[key] === current[key] ? 'current' : 'outdated';
  };
  return {
    addon: state(ADDON_FILE, 'addon'),
    tensorflowOps: state(TENSORFLOW_OPS_FILE, 'tensorflowOps'),
    directory: releaseDirectory,
  };
}

/**
 * Whether buildNative() with these options would have nothing to do: all is built, or what the package carries serves.
 */
export function isUpToDate(options: Pick<BuildOptions, 'tensorflowDirectory'> = {}): boolean {
  const status = nativeStatus(options);
  const tensorflow = chosenTensorFlow(options.tensorflowDirectory, readStamp());
  const states = tensorflow === undefined ? [status.addon] : [status.addon, status.tensorflowOps];
  if (states.every((state) => state === 'current')) return true;
  // A build of one's own wins over what the package carries, so that must be alone.
  return states.every((state) => state === 'prebuilt') && prebuildsWork(tensorflow);
}

/**
 * Compiles the addon, and the TensorFlow ops if a TensorFlow is known, into build/Release; does nothing if they are up
 * to date. Two processes may call it at once: the second waits for the first and finds the work done. An interrupted
 * build leaves nothing that the next would take for finished.
 * @throws {NativeAddonError} CMAKE_MISSING, COMPILER_MISSING, PLATFORM_UNSUPPORTED, TENSORFLOW_DIRECTORY or
 * BUILD_FAILED.
 */
export async function buildNative(options: BuildOptions = {}): Promise<BuildResult> {
  if (options.tensorflowDirectory !== undefined) requireTensorFlow(options.tensorflowDirectory);
  const result = (built: boolean): BuildResult => {
    const directory = existsSync(join(releaseDirectory, ADDON_FILE)) ? releaseDirectory : prebuildDirectory;
    return { built, directory, tensorflowOps: existsSync(join(directory, TENSORFLOW_OPS_FILE)) };
  };
  if (isUpToDate(options)) return result(false);
  return withLock(
    join(packageRoot, 'build-lock', 'build'),
    async () => {
      if (isUpToDate(options)) return result(false);
      await build(options);
      return result(true);
    },
    (pid) => options.onProgress?.({ fraction: 0, message: `waiting for the build of process ${pid}` }),
  );
}

function chosenTensorFlow(given: string | undefined, stamp: BuildStamp | undefined): string | undefined {
  if (given !== undefined) return given;
  const last = stamp?.tensorflowDirectory;
  return last && existsSync(last) ? last : undefined;
}

function requireTensorFlow(directory: string): void {
  const missing = ['libtensorflow_framework.so.2', 'include/tensorflow/core/framework/op.h'].filter(
    (file) => !existsSync(join(directory, file)),
  );
  if (missing.length > 0) {
    throw new NativeAddonError('TENSORFLOW_DIRECTORY', `${directory} holds no TensorFlow with its headers.`, {
      tried: missing.map((file) => `${join(directory, file)}: no such file`),
    });
  }
}

async function build(options: BuildOptions): Promise<void> {
  requireBuildTools();
  const tensorflow = chosenTensorFlow(options.tensorflowDirectory, readStamp());
  const stamp = currentStamp(tensorflow);
  await forgetOldBuild();
  const configure = ['configure', `--CDWINNOW_TENSORFLOW_DIR=${tensorflow ?? 'OFF'}`];
  options.onProgress?.({ fraction: 0, message: 'configuring' });
  if ((await cmakeJs(configure, options)).code !== 0) {
    // The cache may be of another compiler or generator: once more from nothing before giving up.
    await rm(buildDirectory, { recursive: true, force: true });
    const again = await cmakeJs(configure, options);
    if (again.code !== 0) throw buildFailed('CMake could not configure the build', again.output);
  }
  const compiled = await cmakeJs(['build', '-p', String(Math.min(8, availableParallelism()))], options);
  const wanted = [ADDON_FILE, ...(tensorflow ? [TENSORFLOW_OPS_FILE] : [])];
  const complete = wanted.every((file) => existsSync(join(releaseDirectory, file)));
  if (compiled.code !== 0 || !complete) throw buildFailed('The compiler failed', compiled.output);
  writeStamp(stamp);
  options.onProgress?.({ fraction: 1, message: 'built' });
}

/** Removes what an interrupted or moved build would confuse with a finished one. */
async function forgetOldBuild(): Promise<void> {
  await mkdir(buildDirectory, { recursive: true });
  for (const file of ['winnow-build.json', `Release/${ADDON_FILE}`, `Release/${TENSORFLOW_OPS_FILE}`]) {
    await rm(join(buildDirectory, file), { force: true });
  }
  const cache = await readFile(join(buildDirectory, 'CMakeCache.txt'), 'utf8').catch(() => '');
  const home = cache.match(/^CMAKE_HOME_DIRECTORY:INTERNAL=(.*)$/m)?.[1];
  if (home !== undefined && join(home, '/') !== join(packageRoot, '/')) {
    await rm(buildDirectory, { recursive: true, force: true });
  }
}

function cmakeJs(args: readonly string[], options: BuildOptions): Promise<{ code: number; output: string }> {
  const manifest = createRequire(import.meta.url).resolve('cmake-js/package.json');
  const program = join(dirname(manifest), 'bin', 'cmake-js');
  return runProgram(process.execPath, [program, ...args, '-d', packageRoot, '-O', buildDirectory], {
    onLine(line) {
      options.log?.(line);
      const fraction = buildFraction(line);
      if (fraction !== undefined) options.onProgress?.({ fraction, message: 'compiling' });
    },
  });
}

/** How far a build is by a line that it printed, if the line says so: Ninja prints "[3/30] …", make "[ 10%] …". */
export function buildFraction(line: string): number | undefined {
  const ninja = line.match(/^\[(\d+)\/(\d+)\]/);
  if (ninja) return Number(ninja[1]) / Number(ninja[2]);
  const make = line.match(/^\[ *(\d+)%\]/);
  return make ? Number(make[1]) / 100 : undefined;
}

function buildFailed(what: string, output: string): NativeAddonError {
  const lines = output.split('\n').filter((line) => line.trim() !== '');
  const firstError = lines.findIndex((line) => /\berror\b/i.test(line));
  const shown = firstError < 0 ? lines.slice(-15) : lines.slice(firstError, firstError + 15);
  return new NativeAddonError('BUILD_FAILED', `Winnow's native addon does not build: ${what}.`, { tried: shown });
}
