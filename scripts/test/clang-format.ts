/** Checks the format of the C++ sources; `--write` fixes it. */

import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const listed = spawnSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard', 'native'], {
  cwd: root,
  encoding: 'utf8',
});
const sources = [...new Set(listed.stdout.split('\0'))].filter((file) => /\.(cc|h|inl|cu|cuh)$/.test(file));
if (sources.length === 0) throw new Error('clang-format: found no C++ source; is this a git checkout?');
const require = createRequire(import.meta.url);
const tool = require.resolve('clang-format/index.js');
const mode = process.argv.includes('--write') ? ['-i'] : ['--dry-run', '-Werror'];
process.exit(spawnSync(process.execPath, [tool, ...mode, ...sources], { cwd: root, stdio: 'inherit' }).status ?? 1);
