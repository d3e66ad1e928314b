import { spawn } from 'node:child_process';
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { DatasetFile } from '../declaration.js';

/** A mirror that hangs must not keep the demo waiting. */
const TIMEOUT_MS = 5 * 60_000;

async function run(command: string, args: readonly string[], cwd: string, signal?: AbortSignal): Promise<void> {
  const child = spawn(command, args, {
    cwd,
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, LC_ALL: 'C' },
    timeout: TIMEOUT_MS,
    ...(signal ? { signal } : {}),
  });
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  const code = await new Promise<number | string>((resolve, reject) => {
    child.on('error', (error: NodeJS.ErrnoException) =>
      reject(error.code === 'ENOENT' ? new Error(`${command} is not on this machine`) : error),
    );
    child.on('close', (exit, killedBy) => resolve(exit ?? killedBy ?? 'unknown'));
  });
  if (code === 0) return;
  const lines = errors.split('\n').filter((line) => line.startsWith('E:') || line.includes('error'));
  throw new Error(
    `${command} ${args.filter((arg) => !arg.includes('::')).join(' ')} ended with ${code}: ${lines.join(' ')}`,
  );
}

/** Options that give apt lists and caches of our own, so that it can update them without being root. */
async function privateApt(folder: string): Promise<string[]> {
  const [state, cache] = [join(folder, 'apt-state'), join(folder, 'apt-cache')];
  await mkdir(join(state, 'lists', 'partial'), { recursive: true });
  await mkdir(join(cache, 'archives', 'partial'), { recursive: true });
  const options = [
    `Dir::State=${state}`,
    `Dir::State::lists=${join(state, 'lists')}`,
    `Dir::Cache=${cache}`,
    'Dir::State::status=/var/lib/dpkg/status',
    'APT::Sandbox::User=',
  ];
  return options.flatMap((option) => ['-o', option]);
}

async function bytesIn(folder: string): Promise<number> {
  const names = await readdir(folder).catch(() => []);
  const sizes = await Promise.all(
    names.map((name) =>
      stat(join(folder, name)).then(
        (s) => (s.isFile() ? s.size : 0),
        () => 0,
      ),
    ),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

/**
 * Fetches a Debian package with apt, without root, and leaves the wanted files in `folder`.
 * The machine's own package lists are tried first; where they are missing or too old, apt updates lists of our own.
 * @throws Error with apt's own reason.
 */
export async function fetchDebianPackage(
  source: { readonly package: string; readonly directory: string },
  files: readonly DatasetFile[],
  folder: string,
  onBytes: (received: number) => void,
  signal?: AbortSignal,
): Promise<void> {
  const work = join(folder, 'deb');
  await mkdir(work);
  let fetching = true;
  const meter = setInterval(async () => {
    const bytes = await bytesIn(work);
    if (fetching) onBytes(bytes);
  }, 200);
  try {
    const sandbox = ['-o', 'APT::Sandbox::User='];
    await run('apt-get', [...sandbox, 'download', source.package], work, signal).catch(async (error: Error) => {
      if (signal?.aborted || error.message.includes('not on this machine')) throw error;
      const apt = await privateApt(folder);
      await run('apt-get', [...apt, 'update'], work, signal);
      await run('apt-get', [...apt, 'download', source.package], work, signal);
    });
  } finally {
    fetching = false;
    clearInterval(meter);
  }
  const archive = (await readdir(work)).find((name) => name.endsWith('.deb'));
  if (!archive) throw new Error(`apt-get download ${source.package} left no package`);
  const unpacked = join(folder, 'unpacked');
  await run('dpkg-deb', ['-x', join(work, archive), unpacked], work, signal);
  for (const file of files) await rename(join(unpacked, source.directory, file.name), join(folder, file.name));
  await rm(work, { recursive: true });
}
