/** The Python peers' virtual environment, in Winnow's cache, used by the benchmark only. */

import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cacheDirectory } from '@winnow/system/cache';

const requirements = fileURLToPath(new URL('../../peers/requirements.txt', import.meta.url));
const directory = () => join(cacheDirectory(), 'benchmarks', 'peers-venv');
const stamp = () => join(directory(), 'requirements.txt');

/** Path of the Python interpreter that has the peers. */
export function peerPython(): string {
  return join(directory(), 'bin', 'python');
}

/** Whether the peers are installed as required by peers/requirements.txt. */
function arePeersInstalled(): boolean {
  return existsSync(stamp()) && readFileSync(stamp(), 'utf8') === readFileSync(requirements, 'utf8');
}

/**
 * Installs the peers into their virtual environment, unless they are there. This takes about 3 GB, because PyTorch from
 * the package index is its CUDA build. A `+cpu` wheel that pip can find, for example through PIP_FIND_LINKS, takes
 * precedence and is much smaller.
 *
 * @throws Error with the command that failed
 */
export function installPeers(): void {
  if (arePeersInstalled()) return;
  const python = process.env['WINNOW_PYTHON'] ?? 'python3';
  run(python, ['-m', 'venv', directory()]);
  run(peerPython(), ['-m', 'pip', 'install', '--quiet', '--requirement', requirements]);
  copyFileSync(requirements, stamp());
}

function run(program: string, args: string[]): void {
  const { status, error } = spawnSync(program, args, { stdio: ['ignore', 'inherit', 'inherit'] });
  if (status !== 0) throw new Error(`failed: ${[program, ...args].join(' ')}${error ? ` (${error.message})` : ''}`);
}
