/** docs/environment.md names exactly the environment variables that the sources read. */

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));

/** How each language reads a variable. */
const READS: Readonly<Record<string, RegExp>> = {
  ts: /\benv(?:ironment)?\??\.?\[['"](\w+)['"]\]|\bprocess\.env\.(\w+)/g,
  py: /\bos\.environ(?:\.get\(|\.setdefault\(|\[)["'](\w+)["']|\bos\.getenv\(["'](\w+)["']/g,
  cc: /\bgetenv\("(\w+)"\)/g,
  cmake: /\$ENV\{(\w+)\}/g,
};
const LANGUAGES: Readonly<Record<string, string>> = { js: 'ts', mjs: 'ts', h: 'cc', inl: 'cc', txt: 'cmake' };

function readVariables(): string[] {
  const files = execFileSync('git', ['ls-files', '-z', 'packages', 'native', 'scripts', 'benchmarks', 'examples'], {
    cwd: root,
    encoding: 'utf8',
  }).split('\0');
  const names = files
    .filter((file) => !/(^|\/)test\/|\.test\.ts$|_test\.cc$/.test(file))
    .flatMap((file) => {
      const ending = file.slice(file.lastIndexOf('.') + 1);
      const pattern = READS[LANGUAGES[ending] ?? ending];
      const text = pattern ? readFileSync(join(root, file), 'utf8') : '';
      return pattern ? [...text.matchAll(pattern)].map((match) => (match[1] ?? match[2]) as string) : [];
    });
  return [...new Set(names)].sort();
}

it('names every environment variable that the sources read, and no other', () => {
  const page = readFileSync(join(root, 'docs/environment.md'), 'utf8');
  const rows = page.split('\n').filter((line) => line.startsWith('| `'));
  const named = rows.flatMap((row) => [...row.split('|')[1]!.matchAll(/`(\w+)`/g)].map(([, name]) => name as string));
  const read = readVariables();
  // The three ways of reading that are easiest to miss.
  expect(read).toEqual(expect.arrayContaining(['WINNOW_THREADS', 'CURL_CA_BUNDLE', 'WINNOW_CACHE']));
  expect(named.sort()).toEqual(read);
});
