import { spawn, spawnSync } from 'node:child_process';
import { createWriteStream, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Environment } from '@winnow/system/cache';
import { bindingFiles } from '../cache.js';
import { TensorFlowError } from '../errors.js';
import { bindingSource, doesNotLoad, sameMinor, type TensorflowLocation, wrongVersion } from '../locate.js';
import { packageRoot } from '../package-root.js';
import { napiVersion } from '../release.js';
import { readStamp, writeStamp } from '../stamp.js';
import { advice } from './advice.js';
import type { SetupListener } from './stages.js';

const require = createRequire(import.meta.url);

const workPrefix = '.compiling-';
const abandonedAfterMs = 3_600_000;

/**
 * Compiles tfjs-node's binding against a TensorFlow into the cache. Tests it by loading it in another process before
 * moving it into place.
 *
 * @param wanted the TensorFlow version that the binding must report
 * @throws TensorFlowError BUILD_FAILED, BROKEN_INSTALLATION or WRONG_VERSION
 */
export async function compileBinding(
  location: TensorflowLocation,
  wanted: string,
  env: Environment,
  listener: SetupListener,
): Promise<void> {
  const folder = dirname(location.binding);
  // Next to the final folder, so that the rename stays on one file system. The process id is needed because a
  // compilation that follows no download holds no lock.
  const work = join(dirname(folder), `${workPrefix}${process.pid}`);
  const log = join(work, 'build.log');
  mkdirSync(dirname(folder), { recursive: true });
  removeAbandoned(dirname(folder), work);
  mkdirSync(work);

  listener({ stage: 'compile', done: 0, total: 100 });
  const code = await runCmake(location, join(work, 'build'), log, env, listener);
  if (code !== 0) {
    const tail = readFileSync(log, 'utf8').trim().split('\n').slice(-15).join('\n');
    throw new TensorFlowError(
      'BUILD_FAILED',
      `tfjs-node's binding could not be compiled (whole log: ${log}):\n${tail}\n`,
      advice('BUILD_FAILED'),
    );
  }
  listener({ stage: 'compile', done: 100, total: 100 });

  const finished = join(work, 'finished');
  mkdirSync(finished);
  for (const name of bindingFiles) renameSync(join(work, 'build', 'Release', name), join(finished, name));
  const version = askVersion(join(finished, bindingFiles[0]), location, env);
  if (!sameMinor(version, wanted)) throw wrongVersion(location.directory, version, wanted);
  const sizes = Object.fromEntries(bindingFiles.map((name) => [name, statSync(join(finished, name)).size]));
  writeStamp(finished, { version, source: bindingSource(), sizes });
  putInPlace(finished, folder);
  rmSync(work, { recursive: true, force: true });
}

async function runCmake(
  location: TensorflowLocation,
  out: string,
  log: string,
  env: Environment,
  listener: SetupListener,
): Promise<number | null> {
  const source = join(packageRoot, 'binding');
  const settings = {
    TFJS_DIR: dirname(dirname(require.resolve('#tfjs-node'))),
    TENSORFLOW_DIR: location.directory,
    // In the cache the path is relative, so that the cache can be moved. A user's own directory stays where it is.
    BINDING_RPATH: location.build === 'external' ? location.directory : '$ORIGIN/..',
    NAPI_VERSION: String(napiVersion),
  };
  const defines = Object.entries(settings).map(([name, value]) => `--CD${name}=${value}`);
  const command = [require.resolve('cmake-js/bin/cmake-js'), 'build', '-d', source, '-O', out, ...defines];
  const child = spawn(process.execPath, command, { env: { ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  const file = createWriteStream(log);
  child.stdout.on('data', (text: Buffer) => {
    const percent = [...text.toString().matchAll(/\[\s*(\d+)(?:%|\/(\d+))/g)].at(-1);
    if (percent) listener({ stage: 'compile', done: toPercent(percent), total: 100 });
  });
  await Promise.all([pipeline(child.stdout, file, { end: false }), pipeline(child.stderr, file, { end: false })]);
  const code = await ended;
  await new Promise<void>((resolve) => file.end(resolve));
  return code;
}

// make prints [ 33%], Ninja [1/3].
function toPercent([, done, total]: RegExpMatchArray): number {
  return total === undefined ? Number(done) : (100 * Number(done)) / Number(total);
}

// The binding's relative rpath only works from its final folder. Until then LD_LIBRARY_PATH finds TensorFlow.
function askVersion(binding: string, location: TensorflowLocation, env: Environment): string {
  const { directory } = location;
  const code = 'process.stdout.write(String(require(process.argv[1]).TF_Version))';
  const answer = spawnSync(process.execPath, ['-e', code, binding], {
    env: { ...env, LD_LIBRARY_PATH: [directory, env['LD_LIBRARY_PATH']].filter(Boolean).join(':'), NODE_OPTIONS: '' },
    encoding: 'utf8',
  });
  if (answer.status === 0) return answer.stdout.trim();
  const how = answer.stderr.trim().split('\n').slice(0, 8).join('\n') || `signal ${answer.signal}`;
  throw doesNotLoad(location, `\n${how}\n`);
}

// Removes leftovers of interrupted compilations. Only old ones, because another process may be compiling right now.
function removeAbandoned(parent: string, own: string): void {
  for (const name of readdirSync(parent).filter((name) => name.startsWith(workPrefix))) {
    const path = join(parent, name);
    const age = Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0);
    if (path === own || age > abandonedAfterMs) rmSync(path, { recursive: true, force: true });
  }
}

function putInPlace(finished: string, folder: string): void {
  try {
    renameSync(folder, `${finished}.old`);
  } catch {
    // Usually there is no old binding.
  }
  try {
    renameSync(finished, folder);
  } catch (error) {
    // Without a lock, another process may have finished first. Its binding is equally good.
    if (readStamp(folder) === undefined) throw error;
  }
}
