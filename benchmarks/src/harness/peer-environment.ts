/** The virtual environment of the Python peers, in Winnow's cache and the benchmark's own. */

import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cacheDirectory } from '@winnow/system/cache';

const requirements = fileURLToPath(new URL('../../peers/requirements.txt', import.meta.url));
const directory = () => join(cacheDirectory(), 'benchmarks', 'peers-venv');
const stamp = () => join(directory(), 'requirements.txt');

/** The Python that has the peers. */
export function peerPython(): string {
  return join(directory(), 'bin', 'python');
}

/** Whether the peers are installed as peers/requirements.txt says. */
export function arePeersInstalled(): boolean {
  return existsSync(stamp()) && readFileSync(stamp(), 'utf8') === readFileSync(requirements, 'utf8');
}

/**
 * Installs the peers into their own virtual environment, if they are not there. About 3 GB: PyTorch from the package index is
 * its CUDA build (a `+cpu` wheel that pip is told of, by PIP_FIND_LINKS for example, is taken first and is much smaller).
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
