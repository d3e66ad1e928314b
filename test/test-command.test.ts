import { existsSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, vi } from 'vitest';
import { countResults } from '../native/lib/builder/native-tests.js';
import { Tally } from '../scripts/test/tally.js';
import { suitesIn, testFiles } from '../scripts/test/test-files.js';
import { vitestResult } from '../scripts/test/vitest-result.js';
import setup from './run-folder.js';

/** As ctest of CMake 3.25 writes it. */
const JUNIT = `<?xml version="1.0" encoding="UTF-8"?>
<testsuite name="(empty)" tests="5" failures="1" disabled="1" skipped="2">
	<testcase name="A.Pass" classname="A.Pass" time="0.01" status="run">
		<system-out>[       OK ] A.Pass (0 ms)</system-out>
	</testcase>
	<testcase name="A.Skip" classname="A.Skip" time="0.01" status="notrun">
		<skipped message="SKIP_REGULAR_EXPRESSION_MATCHED"/>
		<system-out>needs AVX-512</system-out>
	</testcase>
	<testcase name="A.Fail/0 &lt;int&gt;" classname="A.Fail" time="0.02" status="fail">
		<failure message=""/>
		<system-out>Expected equality of these values:
  1
  2
a &amp; &lt;b&gt;
</system-out>
	</testcase>
	<testcase name="A.x" classname="A.x" time="0" status="disabled">
		<system-out>Disabled</system-out>
	</testcase>
	<testcase name="missing" classname="missing" time="0" status="notrun">
		<skipped message="Unable to find executable"/>
		<system-out>Unable to find executable: build/gone</system-out>
	</testcase>
</testsuite>
`;

const root = fileURLToPath(new URL('..', import.meta.url));

describe('the temporary folder of a run', () => {
  const leave = (name: string) => {
    const before = [tmpdir(), process.exitCode];
    const said = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    try {
      const end = setup();
      const folder = tmpdir();
      mkdirSync(join(folder, name));
      end();
      expect(existsSync(folder)).toBe(false);
      return { code: process.exitCode, said: said.mock.calls.flat().join('') };
    } finally {
      said.mockRestore();
      process.exitCode = before[1];
      expect(tmpdir()).toBe(before[0]);
    }
  };

  it('is removed, and fails the run if a test has left something there', () => {
    expect(leave('mine')).toEqual({
      code: 1,
      said: 'tests left mine in the temporary folder: make folders with temporaryFolder()\n',
    });
    expect(leave('tsx-0')).toEqual({ code: process.exitCode, said: '' });
  });
});

describe('the test command', () => {
  it('finds the tests of an operation in C++ and in TypeScript by one word', () => {
    const files = testFiles(root, ['topk-mask']);
    expect(files).toEqual({
      vitest: ['native/test/topk-mask.test.ts', 'packages/ops/test/topk-mask.test.ts'],
      native: ['native/src/ops/topk_mask/topk_mask_test.cc'],
    });
    expect(suitesIn(root, files.native)).toEqual(['TopKMaskTest']);
    expect(testFiles(root, ['topk_mask'])).toEqual(files);
    expect(testFiles(root, ['no such test'])).toEqual({ vitest: [], native: [] });
    expect(testFiles(root, []).vitest).toEqual([]);
    expect(testFiles(root, ['load_library_test'])).toEqual({ vitest: [], native: [] });
  });

  it('tells a skipped C++ test from one that failed or could not be run', () => {
    expect(countResults(JUNIT)).toEqual({
      passed: 1,
      failed: 2,
      skipped: 2,
      failures: [
        { name: 'A.Fail/0 <int>', output: 'Expected equality of these values:\n  1\n  2\na & <b>' },
        { name: 'missing', output: 'Unable to find executable: build/gone' },
      ],
    });
  });

  it('names the vitest tests that failed, and files that could not be loaded', () => {
    const test = (fullName: string, status: string, ...failureMessages: string[]) => ({
      fullName,
      status,
      failureMessages,
    });
    const report = {
      numPassedTests: 1,
      testResults: [
        {
          name: '/clone/test/a.test.ts',
          status: 'failed',
          message: '',
          assertionResults: [test('a good', 'passed'), test('a bad', 'failed', 'expected 1'), test('a later', 'todo')],
        },
        { name: '/clone/test/b.test.ts', status: 'failed', message: 'Cannot find module', assertionResults: [] },
      ],
    };
    expect(vitestResult(report, '/clone', false)).toEqual({
      passed: 1,
      failed: 2,
      skipped: 1,
      failures: [
        { name: 'test/a.test.ts: a bad', output: 'expected 1' },
        { name: 'test/b.test.ts', output: 'Cannot find module' },
      ],
    });
    const good = { numPassedTests: 0, testResults: [] };
    expect(vitestResult(good, '/clone', false).failures).toEqual([
      { name: 'the run', output: 'vitest failed outside its tests.' },
    ]);
  });

  it('ends in counts and the names of what failed', async () => {
    const lines: string[] = [];
    const tally = new Tally('/nowhere', (text) => lines.push(text));
    await tally.suite('ctest', () => countResults(JUNIT));
    await tally.suite('empty', () => ({ passed: 0, failed: 0, failures: [] }));
    await tally.check('throws', () => Promise.reject(new Error('broken')));
    tally.command('no such tool', 'nothing-of-this-name', []);
    expect(tally.report()).toBe(1);
    const printed = lines.join('');
    expect(printed).toContain('a & <b>');
    for (const name of ['ctest: A.Fail/0 <int>', 'ctest: missing', 'empty (ran no test)', 'throws', 'no such tool']) {
      expect(printed).toContain(`failed: ${name}\n`);
    }
    expect(printed.trimEnd().split('\n').at(-1)).toBe('1 passed, 5 failed, 2 skipped');
  });
});
