/**
 * Packs every package that is published and lets publint check the result: exports, types, files. Needs their builds
 * (`tsc -b`).
 */

import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';

const root = fileURLToPath(new URL('../..', import.meta.url));
const { packageManager } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { packageManager: string };
const temporary = mkdtempSync(join(tmpdir(), 'winnow-publint-'));
// What packs and checks leaves folders of its own.
process.env['TMPDIR'] = temporary;
const folder = join(temporary, 'tarballs');
mkdirSync(folder);
try {
  // Only pnpm's own packing puts publishConfig in place.
  const pack = ['-r', '--filter', '!@winnow/benchmarks', 'pack', '--pack-destination', folder];
  const packed = spawnSync('npx', ['-y', packageManager, ...pack], { cwd: root, encoding: 'utf8' });
  const tarballs = readdirSync(folder);
  if (packed.status !== 0 || tarballs.length === 0)
    throw new Error(`pnpm pack failed:\n${packed.stdout}${packed.stderr}`);
  for (const tarball of tarballs) {
    const bytes = Uint8Array.from(readFileSync(join(folder, tarball))).buffer;
    const { messages, pkg } = await publint({ pack: { tarball: bytes }, strict: true });
    for (const message of messages) {
      process.stderr.write(`${pkg['name']}: ${formatMessage(message, pkg)}\n`);
      process.exitCode = 1;
    }
  }
  process.stdout.write(`publint checked ${tarballs.length} packages\n`);
} finally {
  rmSync(temporary, { recursive: true, force: true });
}
