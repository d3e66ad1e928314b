import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const readme = readFileSync(join(root, 'README.md'), 'utf8');
const blocks = (language: string) =>
  [...readme.matchAll(new RegExp(`\`\`\`${language}\n([^]*?)\`\`\``, 'g'))].map((m) => m[1]!);
const scripts = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).scripts as Record<string, string>;

describe('README', () => {
  it('is short enough to be read', () => {
    expect(readme.split('\n').length).toBeLessThanOrEqual(150);
  });

  it('shows the example that is in examples/', () => {
    const example = readFileSync(join(root, 'examples/quick-start.ts'), 'utf8');
    expect(blocks('ts')).toContain(example);
  });

  it('has an example that runs and prunes to what it says', () => {
    const output = execFileSync(process.execPath, ['scripts/start.mjs', '--script', 'examples/quick-start.ts'], {
      cwd: root,
      encoding: 'utf8',
      env: { ...process.env, NODE_OPTIONS: '' },
    });
    const accuracy = Number(/90 % pruned: ([\d.]+) %/.exec(output)?.[1]);
    expect(accuracy).toBeGreaterThan(90);
  });

  it('names only commands that there are, with options that there are', () => {
    const commands = blocks('sh')
      .join('')
      .replaceAll('\\\n', ' ')
      .split('\n')
      .filter((line) => line.startsWith('npx '));
    expect(commands.length).toBeGreaterThan(2);
    for (const line of commands) {
      const [, , , script, ...args] = line.replace(/#.*/, '').trim().split(/\s+/) as string[];
      expect(scripts, line).toHaveProperty(script!);
      if (script !== 'winnow') continue;
      const help = execFileSync(process.execPath, ['scripts/start.mjs', args[0]!, '--help'], {
        cwd: root,
        encoding: 'utf8',
      });
      for (const option of args.filter((arg) => arg.startsWith('--'))) expect(help, line).toContain(option);
    }
  });

  it('links only to files that there are', () => {
    for (const [, target] of readme.matchAll(/\]\((?!https?:)([^)#]+)[^)]*\)/g)) {
      expect(existsSync(join(root, target!)), target).toBe(true);
    }
  });
});
