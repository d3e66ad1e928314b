import { relative } from 'node:path';
import type { SuiteResult } from './tally.js';

/** The parts we read of the file written by vitest's JSON reporter. */
export interface VitestReport {
  numPassedTests: number;
  testResults: {
    /** Absolute path of the test file. */
    name: string;
    status: string;
    message: string;
    assertionResults: { fullName: string; status: string; failureMessages: string[] }[];
  }[];
}

/**
 * Counts the tests of a vitest run. A file that cannot be loaded fails the run without failing a test; it counts as one
 * failure.
 */
export function vitestResult(report: VitestReport, root: string, isGood: boolean): SuiteResult {
  const tests = report.testResults.flatMap(({ name, assertionResults }) =>
    assertionResults.map((test) => ({ ...test, file: relative(root, name) })),
  );
  const failures = tests
    .filter(({ status }) => status === 'failed')
    .map(({ file, fullName, failureMessages }) => ({
      name: `${file}: ${fullName}`,
      output: failureMessages.join('\n'),
    }));
  for (const { name, status, message, assertionResults } of report.testResults) {
    const isBroken = status === 'failed' && !assertionResults.some((test) => test.status === 'failed');
    if (isBroken) failures.push({ name: relative(root, name), output: message });
  }
  if (failures.length === 0 && !isGood) failures.push({ name: 'the run', output: 'vitest failed outside its tests.' });
  const skipped = tests.filter(({ status }) => !['passed', 'failed'].includes(status)).length;
  return { passed: report.numPassedTests, failed: failures.length, skipped, failures };
}
