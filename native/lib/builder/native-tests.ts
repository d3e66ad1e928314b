import { mkdir, readFile, rm } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { NativeAddonError } from '../errors.js';
import { packageRoot, releaseDirectory, TENSORFLOW_OPS_FILE } from '../paths.js';
import { type BuildProgress, buildFraction, buildNative } from './build.js';
import { requireBuildTools } from './build-tools.js';
import { withLock } from './lock.js';
import { runProgram } from './process.js';

export interface NativeTestOptions {
  /**
   * With it, one more test loads the TensorFlow ops (built if need be) into a bare TensorFlow: every symbol resolves.
   */
  tensorflowDirectory?: string;
  /** Sanitizers for -fsanitize=, such as 'address,undefined' or 'thread'; each has its own build folder. */
  sanitize?: string;
  /** Names of GoogleTest suites to run, such as 'SpmmTest'. Default: all tests. */
  suites?: readonly string[];
  /** Receives every line of CMake's, the compiler's and ctest's. */
  log?: (line: string) => void;
  /** Receives how far the compilation is. */
  onProgress?: (progress: BuildProgress) => void;
}

export interface NativeTestResult {
  passed: number;
  failed: number;
  /** Tests that need what this machine lacks, such as AVX-512. */
  skipped: number;
  /** The tests that failed, each with what it printed. */
  failures: { name: string; output: string }[];
}

/**
 * Builds and runs the GoogleTest suites through plain CMake and ctest, in native/build-tests. For the workspace: the
 * published package carries no tests.
 * @throws {NativeAddonError} if they cannot be built. Tests that fail are counted, not thrown.
 */
export async function runNativeTests(options: NativeTestOptions = {}): Promise<NativeTestResult> {
  requireBuildTools();
  const settings = ['-DWINNOW_TESTS=ON', `-DWINNOW_SANITIZE=${options.sanitize ?? ''}`];
  if (options.tensorflowDirectory !== undefined) {
    await buildNative({ tensorflowDirectory: options.tensorflowDirectory });
    settings.push(`-DWINNOW_TEST_TENSORFLOW=${join(options.tensorflowDirectory, 'libtensorflow_framework.so.2')}`);
    settings.push(`-DWINNOW_TEST_TENSORFLOW_OPS=${join(releaseDirectory, TENSORFLOW_OPS_FILE)}`);
  } else {
    settings.push('-DWINNOW_TEST_TENSORFLOW=', '-DWINNOW_TEST_TENSORFLOW_OPS=');
  }
  const name = options.sanitize ? `build-tests-${options.sanitize.replaceAll(/\W+/g, '-')}` : 'build-tests';
  const directory = join(packageRoot, name);
  const parallel = String(Math.min(8, availableParallelism()));
  const run = async (program: string, args: string[]) =>
    runProgram(program, args, {
      onLine(line) {
        options.log?.(line);
        const fraction = program === 'cmake' ? buildFraction(line) : undefined;
        if (fraction !== undefined) options.onProgress?.({ fraction, message: 'compiling' });
      },
    });
  const must = async (what: string, args: string[]) => {
    const { code, output } = await run('cmake', args);
    if (code === 0) return;
    throw new NativeAddonError('BUILD_FAILED', `The native tests: ${what} failed.`, {
      tried: output.split('\n').slice(-20),
    });
  };
  return withLock(join(packageRoot, 'build-lock', name), async () => {
    await mkdir(directory, { recursive: true });
    await must('configuring', ['-S', packageRoot, '-B', directory, ...settings]);
    await must('compiling', ['--build', directory, '--parallel', parallel]);
    const report = join(directory, 'results.xml');
    await rm(report, { force: true });
    const only = options.suites ? ['-R', `(^|/)(${options.suites.join('|')})\\.`] : [];
    const results = ['--output-on-failure', '--output-junit', report];
    await run('ctest', ['--test-dir', directory, '-j', parallel, ...only, ...results]);
    return countResults(await readFile(report, 'utf8'));
  });
}

/**
 * Reads ctest's JUnit file, whose form is fixed: a `<testcase name="…" … status="run|fail|notrun|disabled">` for each
 * test. A test that GoogleTest skipped is `notrun` as well as one whose program is missing; only the message tells them
 * apart.
 */
export function countResults(junit: string): NativeTestResult {
  const cases = [...junit.matchAll(/<testcase name="([^"]*)"[^>]*status="([^"]*)"[^>]*>([\s\S]*?)<\/testcase>/g)];
  const result: NativeTestResult = { passed: 0, failed: 0, skipped: 0, failures: [] };
  for (const [, name = '', status, body = ''] of cases) {
    if (status === 'run') result.passed++;
    else if (status === 'disabled' || body.includes('<skipped message="SKIP_')) result.skipped++;
    else {
      result.failed++;
      const output = /<system-out>([\s\S]*?)<\/system-out>/.exec(body)?.[1] ?? '';
      result.failures.push({ name: unescapeXml(name), output: unescapeXml(output).trim() });
    }
  }
  return result;
}

const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' };

function unescapeXml(text: string): string {
  return text.replaceAll(/&(\w+);/g, (entity, name: string) => ENTITIES[name] ?? entity);
}
