/** `pnpm test`: everything that must pass before a change lands. Ends in one line of counts. */

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BuildProgress, buildNative, runNativeTests } from '@winnow/native/build';
import { startProgress } from '@winnow/system/progress';
import { setupTensorflow } from '@winnow/tensorflow/setup';
import { Tally } from './tally.js';
import { vitestResult } from './vitest-result.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const tally = new Tally(root);
const filters = process.argv.slice(2);

const { directory } = await setupTensorflow();
await tally.check('addon builds', () =>
  compiling('the addon', (onProgress) => buildNative({ tensorflowDirectory: directory, onProgress })),
);
if (filters.length === 0) {
  tally.command('types', 'tsc', ['-b']);
  tally.command('types of tests and scripts', 'tsc', ['-p', 'tsconfig.test.json']);
  tally.command('lint and format (Biome)', 'biome', ['ci', '.']);
  const script = (name: string) => ['scripts/start.mjs', '--script', `scripts/test/${name}.ts`];
  tally.command('format (clang-format)', process.execPath, script('clang-format'));
  tally.command('lines of at most 120 columns', process.execPath, script('line-width'));
  tally.command('no dead files, exports and dependencies (knip)', 'knip', []);
  tally.command('packages as they are published (publint)', process.execPath, script('publint'));
  tally.command('API reference (typedoc)', 'typedoc', []);
  await tally.suite('ctest', () =>
    compiling('the C++ tests', (onProgress) => runNativeTests({ tensorflowDirectory: directory, onProgress })),
  );
}
await tally.suite('vitest', () => {
  const output = mkdtempSync(join(tmpdir(), 'winnow-vitest-'));
  try {
    const file = join(output, 'report.json');
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
    const isGood = tally.run('vitest', ['run', ...reporters, ...filters]);
    return vitestResult(JSON.parse(readFileSync(file, 'utf8')), root, isGood);
  } finally {
    rmSync(output, { recursive: true, force: true });
  }
});
process.exit(tally.report());

/** Shows the progress of a compilation, which can take minutes. */
async function compiling<Result>(
  what: string,
  work: (onProgress: (progress: BuildProgress) => void) => Promise<Result>,
): Promise<Result> {
  const progress = startProgress({ title: `Compiling ${what}`, total: 100, unit: '%' });
  try {
    return await work(({ fraction }) => progress.update(100 * fraction));
  } finally {
    progress.stop();
  }
}
