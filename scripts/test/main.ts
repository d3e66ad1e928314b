/**
 * `pnpm test`: everything that must pass before a change lands. Ends in one line of counts. `pnpm test WORD…` runs the
 * tests, TypeScript's and C++'s, whose paths contain one of the words; options behind the words go to vitest.
 */

import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BuildProgress, buildNative, runNativeTests } from '@winnow/native/build';
import { startProgress } from '@winnow/system/progress';
import { setupTensorflow } from '@winnow/tensorflow/setup';
import { Tally } from './tally.js';
import { suitesIn, testFiles } from './test-files.js';
import { vitestResult } from './vitest-result.js';

// The tools that follow leave things in the temporary folder.
const temporary = mkdtempSync(join(tmpdir(), 'winnow-test-'));
// Some tests drop their rights and must still come here.
chmodSync(temporary, 0o755);
for (const name of ['TMPDIR', 'TEMP', 'TMP']) process.env[name] = temporary;
process.on('exit', () => rmSync(temporary, { recursive: true, force: true }));

const root = fileURLToPath(new URL('../..', import.meta.url));
const tally = new Tally(root);
const given = process.argv.slice(2);
const firstOption = given.findIndex((argument) => argument.startsWith('-'));
const words = firstOption < 0 ? given : given.slice(0, firstOption);
const options = given.slice(words.length);
const chosen = testFiles(root, words);
if (words.length > 0 && chosen.vitest.length + chosen.native.length === 0) {
  process.stderr.write(`test: no test file has ${words.map((word) => `'${word}'`).join(' or ')} in its path\n`);
  process.exit(1);
}

const { directory } = await setupTensorflow();
await tally.check('addon builds', () =>
  compiling('the addon', (onProgress) => buildNative({ tensorflowDirectory: directory, onProgress })),
);
const isWhole = given.length === 0;
if (isWhole) {
  tally.command('types', 'tsc', ['-b']);
  tally.command('types of tests and scripts', 'tsc', ['-p', 'tsconfig.test.json']);
  tally.command('lint and format (Biome)', 'biome', ['ci', '.']);
  const script = (name: string) => ['scripts/start.mjs', '--script', `scripts/test/${name}.ts`];
  tally.command('format (clang-format)', process.execPath, script('clang-format'));
  tally.command('lines of at most 120 columns', process.execPath, script('line-width'));
  tally.command('no dead files, exports and dependencies (knip)', 'knip', []);
  tally.command('packages as they are published (publint)', process.execPath, script('publint'));
  tally.command('API reference (typedoc)', 'typedoc', []);
}
if (isWhole || chosen.native.length > 0) {
  const suites = isWhole ? undefined : suitesIn(root, chosen.native);
  await tally.suite('ctest', () =>
    compiling('the C++ tests', (onProgress) =>
      runNativeTests({ tensorflowDirectory: directory, onProgress, ...(suites && { suites }) }),
    ),
  );
}
// Words that only C++ tests have leave nothing for vitest, which would take an empty list for all.
if (words.length === 0 || chosen.vitest.length > 0) await tally.suite('vitest', runVitest);
process.exit(tally.report());

function runVitest() {
  const file = join(temporary, 'report.json');
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
  const isGood = tally.run('vitest', ['run', ...reporters, ...chosen.vitest, ...options]);
  return vitestResult(JSON.parse(readFileSync(file, 'utf8')), root, isGood);
}

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
