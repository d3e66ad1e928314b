/**
 * Refuses lines of more than 120 columns. Biome wraps TypeScript, but neither comments nor long texts, and nothing here
 * wraps Python, CMake, shell or Markdown. clang-format looks after C++.
 */

import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const COLUMNS = 120;
const CHECKED = /\.(ts|mjs|js|py|cmake|md|yaml|sh)$|(^|\/)(CMakeLists\.txt|\.ci\/\w+)$/;
const root = fileURLToPath(new URL('../..', import.meta.url));
const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
  cwd: root,
  encoding: 'utf8',
});
const sources = [...new Set(listed.split('\0'))].filter(
  (file) => CHECKED.test(file) && !file.endsWith('pnpm-lock.yaml'),
);
if (sources.length === 0) throw new Error('line-width: found no source; is this a git checkout?');
for (const file of sources) {
  if (!existsSync(join(root, file))) continue;
  const lines = readFileSync(join(root, file), 'utf8').split('\n');
  for (const [i, line] of lines.entries()) {
    const width = [...line].length;
    if (width <= COLUMNS || cannotBreak(file, line)) continue;
    process.stderr.write(`${file}:${i + 1} has ${width} columns, more than ${COLUMNS}\n`);
    process.exitCode = 1;
  }
}

/** Rows of Markdown tables, and a word (an address, say) that is longer than a line. */
function cannotBreak(file: string, line: string): boolean {
  return file.endsWith('.md') && (/^\s*\|/.test(line) || !/\s/.test(line.trim()));
}
