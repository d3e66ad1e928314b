/** Refuses lines of more than 120 columns. Biome wraps code, but neither comments nor long texts. */

import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const COLUMNS = 120;
const root = fileURLToPath(new URL('../..', import.meta.url));
const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
  cwd: root,
  encoding: 'utf8',
});
// clang-format looks after C++; Python has no formatter here.
const sources = [...new Set(listed.split('\0'))].filter((file) => /\.(ts|mjs|js)$/.test(file));
if (sources.length === 0) throw new Error('line-width: found no source; is this a git checkout?');
for (const file of sources) {
  if (!existsSync(join(root, file))) continue;
  const lines = readFileSync(join(root, file), 'utf8').split('\n');
  for (const [i, line] of lines.entries()) {
    const width = [...line].length;
    if (width <= COLUMNS) continue;
    process.stderr.write(`${file}:${i + 1} has ${width} columns, more than ${COLUMNS}\n`);
    process.exitCode = 1;
  }
}
