import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { Environment } from '@winnow/system/cache';
import { bindingFiles, bindingFolder, releaseDirectory, tensorflowCache } from './cache.js';
import { TensorFlowError } from './errors.js';
import { mendingCommand, packageRoot } from './package-root.js';
import { libraries, type Release, releases, type TensorflowBuild } from './release.js';
import { damagedFiles, fileSize, readStamp } from './stamp.js';

/** Where TensorFlow is, and whether it can be loaded. */
export interface TensorflowLocation {
  /** Directory of the two libraries and `include/`. */
  readonly directory: string;
  /** The version recorded by the setup; before the setup, the version it will install. */
  readonly version: string;
  /** `external`: a user's directory, given in WINNOW_TENSORFLOW_DIR. */
  readonly build: TensorflowBuild | 'external';
  /** Path of tfjs-node's addon, compiled against this TensorFlow. */
  readonly binding: string;
  readonly ready: boolean;
  /** What the setup still has to provide: libraries and headers, or only the binding. */
  readonly missing: 'nothing' | 'binding' | 'files';
  /** The reasons why it is not ready. */
  readonly problems: readonly TensorFlowError[];
}

/** Options for use inside this package: the environment, and the wheels that count as TensorFlow. */
export interface LocateOptions {
  readonly build?: TensorflowBuild;
  readonly env?: Environment;
  readonly releases?: Readonly<Record<TensorflowBuild, Release>>;
}

/** Implements `locateTensorflow`. */
export function locate(options: LocateOptions = {}): TensorflowLocation {
  const env = options.env ?? process.env;
  const release = (options.releases ?? releases)[options.build ?? requestedBuild(env)];
  const given = env['WINNOW_TENSORFLOW_DIR'];
  return given ? locateExternal(resolve(given), release.version, env) : locateRelease(release, env);
}

/**
 * The build that WINNOW_TENSORFLOW_BUILD requests.
 *
 * @throws TensorFlowError INVALID_SETTING if it is neither `cpu` nor `cuda`
 */
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
    const state = existsSync(directory) ? 'is incomplete' : 'does not exist';
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
    const reason = `WINNOW_TENSORFLOW_DIR=${directory} is not a TensorFlow directory: it lacks ${missing.join(', ')}.`;
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

/** The error for a TensorFlow of a version that this binding does not support. */
export function wrongVersion(directory: string, found: string, wanted: string): TensorFlowError {
  return new TensorFlowError(
    'WRONG_VERSION',
    `${directory} holds TensorFlow ${found}; Winnow is built for ${wanted} ` +
      '(the same major and minor version is needed).',
    `unset WINNOW_TENSORFLOW_DIR, or point it to TensorFlow ${wanted}`,
  );
}

/** The error for a TensorFlow whose files look complete but which the dynamic loader rejects. */
export function doesNotLoad(
  { build, directory }: TensorflowLocation,
  how: string,
  options?: ErrorOptions,
): TensorFlowError {
  // The setup alone would find everything complete and do nothing.
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

/** Whether two versions have the same major and minor number. */
export function sameMinor(a: string, b: string): boolean {
  const minor = (version: string) => version.split('.').slice(0, 2).join('.');
  return minor(a) === minor(b);
}

// TensorFlow up to 2.19 declares its version in a header, later ones only in the metadata of the wheel, next to the
// directory. Without either, the compiled binding is asked.
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

// Size and time of the libraries stand for their version, so that a TensorFlow upgraded in place gets a new binding.
function externalKey(directory: string): string {
  const facts = libraries.map(
    (name) => `${fileSize(join(directory, name))} ${statSync(join(directory, name)).mtimeMs}`,
  );
  return createHash('sha256')
    .update([realpathSync(directory), ...facts].join('\n'))
    .digest('hex')
    .slice(0, 16);
}

/** A hash of the binding's sources. It changes with them, so that an old binding is recompiled. */
export function bindingSource(): string {
  const hash = createHash('sha256');
  for (const name of ['CMakeLists.txt', 'quiet_load.cc']) hash.update(readFileSync(join(packageRoot, 'binding', name)));
  return hash.digest('hex').slice(0, 16);
}
