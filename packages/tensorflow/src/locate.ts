import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { Environment } from '@winnow/system/cache';
import { bindingFiles, bindingFolder, releaseDirectory, tensorflowCache } from './cache.js';
import { TensorFlowError } from './errors.js';
import { mendingCommand, packageRoot } from './package-root.js';
import { libraries, type Release, releases, type TensorflowBuild } from './release.js';
import { damagedFiles, fileSize, readStamp } from './stamp.js';

/** Where TensorFlow lies and whether it can be loaded. */
export interface TensorflowLocation {
  /** Holds the two libraries and `include/`. */
  readonly directory: string;
  /** As recorded when it was set up; before that, the version that will be. */
  readonly version: string;
  /** `external` is a directory the user pointed to with WINNOW_TENSORFLOW_DIR. */
  readonly build: TensorflowBuild | 'external';
  /** tfjs-node's addon, compiled against this TensorFlow. */
  readonly binding: string;
  readonly ready: boolean;
  /** What the setup has to make: the libraries and headers, or only the binding. */
  readonly missing: 'nothing' | 'binding' | 'files';
  /** Why it is not ready. */
  readonly problems: readonly TensorFlowError[];
}

/** What a caller inside this package may replace: the environment, and the wheels that count as TensorFlow. */
export interface LocateOptions {
  readonly build?: TensorflowBuild;
  readonly env?: Environment;
  readonly releases?: Readonly<Record<TensorflowBuild, Release>>;
}

/** See `locateTensorflow`. */
export function locate(options: LocateOptions = {}): TensorflowLocation {
  const env = options.env ?? process.env;
  const release = (options.releases ?? releases)[options.build ?? requestedBuild(env)];
  const given = env['WINNOW_TENSORFLOW_DIR'];
  return given ? locateExternal(resolve(given), release.version, env) : locateRelease(release, env);
}

/** The build that WINNOW_TENSORFLOW_BUILD asks for. */
export function requestedBuild(env: Environment): TensorflowBuild {
  const value = env['WINNOW_TENSORFLOW_BUILD'] || 'cpu';
  if (value === 'cpu' || value === 'cuda') return value;
  throw new TensorFlowError(
    'INVALID_SETTING',
    `WINNOW_TENSORFLOW_BUILD must be cpu or cuda, got ${JSON.stringify(value)}.`,
    'export WINNOW_TENSORFLOW_BUILD=cpu',
  );
}

function locateRelease(release: Release, env: Environment): TensorflowLocation {
  const directory = releaseDirectory(release, env);
  const folder = join(directory, bindingFolder);
  const at = { directory, version: release.version, build: release.build, folder };
  const stamp = readStamp(directory);
  if (stamp === undefined) {
    const state = existsSync(directory) ? 'was not completely set up' : 'is not there';
    return without(
      at,
      'files',
      new TensorFlowError('NOT_INSTALLED', `TensorFlow is not installed: ${directory} ${state}.`),
    );
  }
  const damage = damagedFiles(directory, stamp);
  return damage.length > 0 ? without(at, 'files', broken(directory, damage)) : withFiles(at);
}

function locateExternal(directory: string, wanted: string, env: Environment): TensorflowLocation {
  const missing = [...libraries, 'include'].filter((name) => !existsSync(join(directory, name)));
  if (missing.length > 0) {
    const reason = `WINNOW_TENSORFLOW_DIR=${directory} is no TensorFlow directory: it lacks ${missing.join(', ')}.`;
    const advice =
      'set WINNOW_TENSORFLOW_DIR to the `tensorflow` folder of an unpacked wheel or of site-packages, or unset it';
    const at = { directory, version: wanted, build: 'external', folder: '' } as const;
    return without(at, 'files', new TensorFlowError('NOT_INSTALLED', reason, advice));
  }
  const folder = join(tensorflowCache(env), 'bindings', externalKey(directory), bindingFolder);
  const version = readStamp(folder)?.version ?? declaredVersion(directory) ?? wanted;
  const at = { directory, version, build: 'external', folder } as const;
  return sameMinor(version, wanted) ? withFiles(at) : without(at, 'files', wrongVersion(directory, version, wanted));
}

type Place = Pick<TensorflowLocation, 'directory' | 'version' | 'build'> & { readonly folder: string };

function withFiles(at: Place): TensorflowLocation {
  const stamp = readStamp(at.folder);
  if (stamp?.source !== bindingSource()) {
    const state = stamp ? 'was compiled by another version of Winnow' : 'is not compiled yet';
    const reason = `tfjs-node's binding for this TensorFlow ${state} (${at.folder}).`;
    return without(at, 'binding', new TensorFlowError('NOT_INSTALLED', reason));
  }
  const damage = damagedFiles(at.folder, stamp);
  return damage.length > 0 ? without(at, 'binding', broken(at.folder, damage)) : without(at, 'nothing');
}

function without(
  at: Place,
  missing: TensorflowLocation['missing'],
  ...problems: TensorFlowError[]
): TensorflowLocation {
  const { folder, ...rest } = at;
  return { ...rest, binding: join(folder, bindingFiles[0]), ready: problems.length === 0, missing, problems };
}

function broken(directory: string, damage: readonly string[]): TensorFlowError {
  return new TensorFlowError('BROKEN_INSTALLATION', `TensorFlow in ${directory} is damaged: ${damage.join('; ')}.`);
}

/** The error for a TensorFlow that this binding was not written for. */
export function wrongVersion(directory: string, found: string, wanted: string): TensorFlowError {
  return new TensorFlowError(
    'WRONG_VERSION',
    `${directory} holds TensorFlow ${found}; Winnow is built for ${wanted} (the same major and minor version is needed).`,
    `unset WINNOW_TENSORFLOW_DIR, or point it to TensorFlow ${wanted}`,
  );
}

/** The error for a TensorFlow whose files have the right size, but which the dynamic loader refuses. */
export function doesNotLoad(
  { build, directory }: TensorflowLocation,
  how: string,
  options?: ErrorOptions,
): TensorFlowError {
  // The setup alone would find nothing to do.
  const advice =
    build === 'external'
      ? 'set WINNOW_TENSORFLOW_DIR to a TensorFlow that works here, or unset it'
      : `rm -r ${directory} && ${mendingCommand()}`;
  return new TensorFlowError(
    'BROKEN_INSTALLATION',
    `TensorFlow in ${directory} does not load: ${how}`,
    advice,
    options,
  );
}

/** Whether two versions agree in major and minor. */
export function sameMinor(a: string, b: string): boolean {
  const minor = (version: string) => version.split('.').slice(0, 2).join('.');
  return minor(a) === minor(b);
}

// TensorFlow up to 2.19 has its numbers in a header; later ones only in the wheel's metadata beside the directory. Where
// neither is there the binding is asked once it is compiled.
function declaredVersion(directory: string): string | undefined {
  for (const name of ['release_version.h', 'version.h']) {
    const path = join(directory, 'include/tensorflow/core/public', name);
    const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
    const number = (part: string) => new RegExp(`^#define TF_${part}_VERSION (\\d+)`, 'm').exec(text)?.[1];
    const [major, minor, patch] = [number('MAJOR'), number('MINOR'), number('PATCH')];
    if (major && minor && patch) return `${major}.${minor}.${patch}`;
  }
  const names = readdirSync(dirname(directory)).map(
    (name) => /^tensorflow(?:_cpu)?-([\d.]+.*)\.dist-info$/.exec(name)?.[1],
  );
  return names.find((version) => version !== undefined);
}

// The libraries' size and time stand for their version: an upgrade in place must not meet a binding of the old one.
function externalKey(directory: string): string {
  const facts = libraries.map(
    (name) => `${fileSize(join(directory, name))} ${statSync(join(directory, name)).mtimeMs}`,
  );
  return createHash('sha256')
    .update([realpathSync(directory), ...facts].join('\n'))
    .digest('hex')
    .slice(0, 16);
}

/** Changes with the sources of the binding, so that a binding of older ones is compiled again. */
export function bindingSource(): string {
  const hash = createHash('sha256');
  for (const name of ['CMakeLists.txt', 'quiet_load.cc']) hash.update(readFileSync(join(packageRoot, 'binding', name)));
  return hash.digest('hex').slice(0, 16);
}
