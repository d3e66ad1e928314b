import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Test files by who runs them, as paths below the workspace. */
export interface TestFiles {
  readonly vitest: readonly string[];
  /** GoogleTest. */
  readonly native: readonly string[];
}

/**
 * The test files whose paths contain one of the words. `-` and `_` count as the same, so that `my-op` finds the tests
 * of an operation in C++ as well.
 */
export function testFiles(root: string, words: readonly string[]): TestFiles {
  const packages = readdirSync(join(root, 'packages')).map((name) => `packages/${name}/test`);
  const files = ['native/src', 'native/test', 'test', ...packages].flatMap((folder) => filesBelow(root, folder));
  const plain = (text: string) => text.toLowerCase().replaceAll('_', '-');
  const wanted = words.map(plain);
  const chosen = files.filter((file) => wanted.some((word) => plain(file).includes(word))).sort();
  return {
    vitest: chosen.filter((file) => file.endsWith('.test.ts')),
    // A program of its own, such as load_library_test.cc, has no suite that could be chosen.
    native: chosen.filter((file) => file.endsWith('_test.cc') && suitesIn(root, [file]).length > 0),
  };
}

/** The suites of GoogleTest files. */
export function suitesIn(root: string, files: readonly string[]): string[] {
  const names = files.flatMap((file) =>
    [...readFileSync(join(root, file), 'utf8').matchAll(/^TEST(?:_P|_F)?\((\w+),/gm)].map(([, suite]) => suite!),
  );
  return [...new Set(names)];
}

function filesBelow(root: string, folder: string): string[] {
  try {
    return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((file) => `${folder}/${file}`);
  } catch {
    return []; // a package without tests
  }
}
