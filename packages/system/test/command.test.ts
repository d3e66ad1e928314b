import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setupCommand, winnowCommand } from '@winnow/system/command';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../../../test/temporary-folder.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const scratch = temporaryFolder();

const manager = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).packageManager as string;
const outside = { workspace: join(scratch, 'no-workspace') };

/** A project folder with these commands in node_modules/.bin. */
function project(name: string, ...commands: string[]): string {
  const bin = join(scratch, name, 'node_modules/.bin');
  mkdirSync(bin, { recursive: true });
  for (const command of commands) writeFileSync(join(bin, command), '');
  return join(scratch, name);
}

it("runs winnow through the workspace's own pnpm in a clone, and with npx elsewhere", () => {
  expect(winnowCommand(['train', '--epochs', '3'])).toBe(`npx -y ${manager} winnow train --epochs 3`);
  expect(winnowCommand(['train', '--epochs', '3'], outside)).toBe('npx winnow train --epochs 3');
});

it('quotes what a shell would take apart, so that the shell gives it back', () => {
  const args = ['a b', "it's", '$HOME', '*', 'rigl:sparsity=0.9', '', '20%'];
  const command = winnowCommand(args, outside).replace('npx winnow', "printf '%s\\n'");
  expect(execFileSync('sh', ['-c', command], { encoding: 'utf8' })).toBe(`${args.join('\n')}\n`);
  expect(command).toContain(' rigl:sparsity=0.9 ');
});

it('names the command for the setup that is installed and does most', () => {
  expect(setupCommand('/bin.js')).toBe(`npx -y ${manager} winnow setup`);
  const whole = project('whole', 'winnow', 'winnow-native', 'winnow-tensorflow');
  expect(setupCommand('/bin.js', { ...outside, directory: whole })).toBe('npx winnow setup');
  const parts = project('parts', 'winnow-native', 'winnow-tensorflow');
  expect(setupCommand('/bin.js', { ...outside, directory: parts })).toBe('npx winnow-native setup');
  const below = join(parts, 'src/deep');
  expect(setupCommand('/bin.js', { ...outside, directory: below })).toBe('npx winnow-native setup');
  const tensorflow = project('tensorflow', 'winnow-tensorflow');
  expect(setupCommand('/bin.js', { ...outside, directory: tensorflow })).toBe('npx winnow-tensorflow setup');
});

it('runs the command of the package that asks by its file where npx would find none', () => {
  expect(setupCommand('/a b/bin.js', { ...outside, directory: '/' })).toBe("node '/a b/bin.js' setup");
});
