/** `pnpm test`: everything that must hold before a change lands, in one command, ending in one line of counts. */

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildNative, runNativeTests } from '@winnow/native';
import { setupTensorflow } from '@winnow/tensorflow/setup';
import { Tally } from './tally.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const tally = new Tally(root);
const filters = process.argv.slice(2);

const { directory } = await setupTensorflow();
await tally.check('addon builds', () => buildNative({ tensorflowDirectory: directory }));
if (filters.length === 0) {
  tally.command('types', 'tsc', ['-b']);
  tally.command('types of tests and scripts', 'tsc', ['-p', 'tsconfig.test.json']);
  tally.command('lint and format (Biome)', 'biome', ['ci', '.']);
  tally.command('format (clang-format)', process.execPath, [
    'scripts/start.mjs',
    '--script',
    'scripts/test/clang-format.ts',
  ]);
  await tally.suite('ctest', () => runNativeTests({ tensorflowDirectory: directory }));
}
await tally.suite('vitest', () => {
  const output = mkdtempSync(join(tmpdir(), 'winnow-vitest-'));
  try {
    const file = join(output, 'report.json');
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
    const isGood = tally.run('vitest', ['run', ...reporters, ...filters]);
    const report = JSON.parse(readFileSync(file, 'utf8')) as { numPassedTests: number; numFailedTests: number };
    // A file that cannot be loaded fails the run without failing a test.
    const failed = report.numFailedTests === 0 && !isGood ? 1 : report.numFailedTests;
    return { passed: report.numPassedTests, failed };
  } finally {
    rmSync(output, { recursive: true, force: true });
  }
});
process.exit(tally.report());
