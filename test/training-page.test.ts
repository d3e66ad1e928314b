/** The page on training shows the examples that are in examples/, and they do what it says. */

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { temporaryFolder } from './temporary-folder.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const page = readFileSync(join(root, 'docs/training.md'), 'utf8');
const shown = [...page.matchAll(/<!-- examples\/(\S+)\.ts, run by the tests -->\n```ts\n([\s\S]*?)```/g)];

function outputOf(name: string): string {
  const directory = temporaryFolder();
  const start = [join(root, 'scripts/start.mjs'), '--script', `examples/${name}.ts`];
  const options = { cwd: directory, encoding: 'utf8', env: { ...process.env, NODE_OPTIONS: '' } } as const;
  return execFileSync(process.execPath, start, options);
}

it("shows every example of one's own as it is", () => {
  expect(shown.map(([, name]) => name)).toEqual(['own-arrays', 'own-outputs', 'own-stream']);
  for (const [, name, code] of shown) expect(code).toBe(readFileSync(join(root, `examples/${name}.ts`), 'utf8'));
});

it('from arrays: the groups are told apart', () => {
  expect(Number(/accuracy ([\d.]+)/.exec(outputOf('own-arrays'))?.[1])).toBeGreaterThan(0.95);
});

it('several inputs and outputs: both are learnt', () => {
  const output = outputOf('own-outputs');
  const number = (name: string) => Number(new RegExp(`${name}: ([\\d.e-]+)`).exec(output)?.[1]);
  expect(number('price_mae')).toBeLessThan(0.15);
  expect(number('high_accuracy')).toBeGreaterThan(0.9);
});

it('a stream: both loops find the line', () => {
  const lines = [...outputOf('own-stream').matchAll(/y = ([\d.]+) x \+ (-[\d.]+)/g)];
  expect(lines).toHaveLength(2);
  for (const [, slope, offset] of lines) {
    expect(Number(slope)).toBeCloseTo(3, 0);
    expect(Number(offset)).toBeCloseTo(-1, 0);
  }
});
