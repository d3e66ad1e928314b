import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readSweepResult, type SweepRun, sweepMarkdown } from '@winnow/evaluation';
import { describe, expect, it } from 'vitest';
import { committedRows, MEASURED_PAGES } from '../scripts/docs/speed-tables.js';
import { temporaryFolder } from './temporary-folder.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const readme = readFileSync(join(root, 'README.md'), 'utf8');
const blocks = (language: string) =>
  [...readme.matchAll(new RegExp(`\`\`\`${language}\n([^]*?)\`\`\``, 'g'))].map((m) => m[1]!);
const scripts = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).scripts as Record<string, string>;
/** What a benchmark measures beside the peers: what bounds an operation, and our own step and products without it. */
const BOUNDS: ReadonlySet<string> = new Set(['copy', 'plain', 'dense', 'training-step']);

describe('README', () => {
  it('is short enough to be read', () => {
    expect(readme.split('\n').length).toBeLessThanOrEqual(150);
  });

  it('shows the example that is in examples/', () => {
    const example = readFileSync(join(root, 'examples/quick-start.ts'), 'utf8');
    expect(blocks('ts')).toContain(example);
  });

  it('has an example that runs and prunes to what it says', () => {
    const directory = temporaryFolder();
    const start = [join(root, 'scripts/start.mjs'), '--script', 'examples/quick-start.ts'];
    const options = { cwd: directory, encoding: 'utf8', env: { ...process.env, NODE_OPTIONS: '' } } as const;
    const output = execFileSync(process.execPath, start, options);
    expect(existsSync(join(directory, 'sparse-model/model.json'))).toBe(true);
    const accuracy = Number(/90 % pruned: ([\d.]+) %/.exec(output)?.[1]);
    expect(accuracy).toBeGreaterThan(90);
  });

  it('names only commands that there are, with options that there are', () => {
    const commands = blocks('sh')
      .join('')
      .replaceAll('\\\n', ' ')
      .split('\n')
      .filter((line) => line.startsWith('npx -y pnpm'));
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

  it('states the numbers of the committed result', async () => {
    const result = await readSweepResult(join(root, 'docs/results/demo.json'));
    const percent = (accuracy: number) => `${(100 * accuracy).toFixed(1)} %`;
    const [plain, targeted] = result.runs as [SweepRun, SweepRun];
    const at90 = (run: SweepRun) => run.rows.find(({ sparsity }) => sparsity === 0.9)!;
    const claim = readme.slice(0, readme.indexOf('!['));
    for (const run of [plain, targeted]) {
      expect(claim).toContain(percent(at90(run).asIs));
      expect(claim).toContain(percent(at90(run).reestimated));
    }
    expect(claim).toContain(percent(plain.raw.asIs));
    expect(readme).toContain(sweepMarkdown(result).trim());
  });

  it('and the pages of docs state the numbers of the committed benchmarks', () => {
    const rows = committedRows();
    const measured = /^\| `(\S+)` \| (\S+) \|.*\|$/gm;
    const table = [...readme.matchAll(measured)];
    expect(table.length).toBeGreaterThan(4);
    for (const [line, name, peer] of table) {
      const isMeasured = rows.some((row) => row.case === name && row.peerName === peer);
      expect(isMeasured, line).toBe(true);
    }
    for (const [name, fill] of MEASURED_PAGES) {
      const text = readFileSync(join(root, name), 'utf8');
      expect(fill(text, rows), name).toBe(text);
      // Other numbers in the tables are replaced by the measured ones.
      const wrong = text.replaceAll(/^\| (`?[a-z\d-]+\/|\d\d \|).*$/gm, (line) =>
        line.replaceAll(/ \d+\.\d+ /g, ' 7.77 '),
      );
      expect(wrong, name).not.toBe(text);
      expect(fill(wrong, rows), name).toBe(text);
    }
  });

  it('names the strongest peer of every case first', () => {
    const rows = committedRows().filter(({ peerName }) => !BOUNDS.has(peerName));
    const first = new Map<string, string>();
    for (const [, name, peer] of readme.matchAll(/^\| `(\S+)` \| (\S+) \|.*\|$/gm)) {
      if (!first.has(name!)) first.set(name!, peer!);
    }
    expect(first.size).toBeGreaterThan(4);
    for (const [name, peer] of first) {
      const peers = rows.filter((row) => row.case === name).sort((a, b) => a.peer - b.peer);
      if (peers.length > 0 && !BOUNDS.has(peer)) expect(peer, name).toBe(peers[0]!.peerName);
    }
  });

  it('links only to files that there are', () => {
    for (const [, target] of readme.matchAll(/\]\((?!https?:)([^)#]+)[^)]*\)/g)) {
      expect(existsSync(join(root, target!)), target).toBe(true);
    }
  });
});
