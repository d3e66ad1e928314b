/** The addon with sanitizers, and how Node runs with it. */

import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { packageRoot } from '../../lib/paths.js';

function must(program: string, args: readonly string[]): void {
  const { status } = spawnSync(program, args, { stdio: ['ignore', 'ignore', 'inherit'], cwd: packageRoot });
  if (status !== 0) throw new Error(`fuzz/surface: ${program} ${args.join(' ')} failed`);
}

/** Builds the addon alone, in a folder of its own. Returns where it lies. */
export function buildSanitized(sanitizers: string): string {
  const directory = join(packageRoot, `build-fuzz-${sanitizers.replaceAll(/\W+/g, '-')}`);
  const require = createRequire(join(packageRoot, 'package.json'));
  const cmakeJs = join(dirname(require.resolve('cmake-js/package.json')), 'bin', 'cmake-js');
  const settings = ['-d', packageRoot, '-O', directory, `--CDWINNOW_SANITIZE=${sanitizers}`];
  must(process.execPath, [cmakeJs, 'configure', ...settings]);
  must('cmake', ['--build', directory, '--target', 'winnow_addon', '--parallel']);
  return join(directory, 'Release');
}

/** The sanitizers' libraries come first in a Node that was built without them. Node itself leaks by design. */
export function sanitizerEnvironment(sanitizers: string): Record<string, string> {
  const libraries = sanitizers.split(',').map((name) => {
    const file = { address: 'libasan.so', undefined: 'libubsan.so', thread: 'libtsan.so' }[name];
    if (file === undefined)
      throw new RangeError(`fuzz/surface: --sanitize must be of address, undefined, thread, got '${name}'`);
    const { stdout } = spawnSync('c++', [`-print-file-name=${file}`], { encoding: 'utf8' });
    return stdout.trim();
  });
  return {
    LD_PRELOAD: libraries.join(':'),
    ASAN_OPTIONS: 'detect_leaks=0:allocator_may_return_null=1:abort_on_error=1',
    UBSAN_OPTIONS: 'print_stacktrace=1:halt_on_error=1',
  };
}
