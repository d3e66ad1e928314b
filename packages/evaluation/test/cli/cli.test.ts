import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readSweepResult } from '@winnow/evaluation';
import { afterAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../../..', import.meta.url));
const directory = mkdtempSync(join(tmpdir(), 'winnow-cli-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const environment = { ...process.env, NODE_OPTIONS: '', NO_COLOR: '1' };
const command = (args: string[]) => ['scripts/start.mjs', ...args];
function winnow(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, command(args), {
    cwd: root,
    encoding: 'utf8',
    env: environment,
  });
  return { status, stdout, stderr };
}

const sweep = (out: string) => [
  'sweep',
  ...[
    '--dataset',
    'synthetic',
    '--epochs',
    '4',
    '--batch-size',
    '32',
    '--sparsities',
    '0,0.5,0.9',
    '--reestimate-batches',
    '4',
  ],
  ...['--method', 'none', '--method', 'targeted-dropout:gamma=0.9,alpha=0.9,ramp=0.5', '--seeds', '1,2'],
  ...['--out', out],
];

describe('winnow', () => {
  it('says what is here and that nothing is wrong', () => {
    const { status, stdout } = winnow('doctor');
    expect(stdout).toMatch(/Node\s+v\d+\.\d+/);
    expect(stdout).toMatch(/TensorFlow\s+2\.21\.0/);
    expect(stdout).toMatch(/instruction set\s+(avx512|avx2|baseline)/);
    expect(stdout).toContain('Nothing is wrong.');
    expect(status).toBe(0);
  });

  it.each([
    [['sweep', '--model', 'resnet9000'], "lenet-300-100, mlp10, got 'resnet9000'"],
    [['sweep', '--method', 'magic'], "pattern-targeted-dropout, got 'magic'"],
    [['sweep', '--method', 'targeted-dropout:gama=1'], "there is no hyperparameter 'gama'; it has gamma, alpha, ramp"],
    [['sweep', '--method', 'targeted-dropout:gamma=2'], 'targeted-dropout: gamma must be in [0, 1], got 2'],
    [['sweep', '--sparsities', '0.5,1.5'], "argument '0.5,1.5' is invalid. expected fractions in [0, 1]"],
    [['sweep', '--dataset', 'mnist-fashion'], 'no data set is called mnist-fashion'],
    [['sweep', '--dataset', 'synthetic', '--batch-size', '100000'], 'batchSize must be an integer in [1, 512]'],
    [['report', 'nowhere.json'], 'nowhere.json'],
  ])('refuses %o', (args, message) => {
    const { status, stderr } = winnow(...args, ...(args[0] === 'sweep' ? ['--out', join(directory, 'refused')] : []));
    expect(stderr).toContain(message);
    expect(status).toBe(1);
    expect(stderr).not.toMatch(/\n {4}at /);
  });

  it('sweeps, can be interrupted at any time, and goes on to the same numbers', async () => {
    const whole = winnow(...sweep(join(directory, 'whole')));
    expect(whole.status, whole.stderr).toBe(0);
    expect(whole.stdout).toContain('plain');
    expect(
      readdirSync(directory)
        .filter((file) => file.startsWith('whole'))
        .sort(),
    ).toEqual(['whole.json', 'whole.png', 'whole.svg']);
    const result = await readSweepResult(join(directory, 'whole.json'));
    expect(result.dataset).toBe('Synthetic patterns');
    expect(result.runs).toHaveLength(4);
    expect(result.runs[1]!.masked?.targetFraction).toBe(0.9);

    // Interrupted by Ctrl-C in the second run, then resumed.
    const out = join(directory, 'interrupted');
    const child = spawn(process.execPath, command(sweep(out)), {
      cwd: root,
      env: environment,
      detached: true,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let log = '';
    const exit = new Promise<number | null>((resolve) => child.on('exit', resolve));
    const watch = setInterval(() => {
      const work = existsSync(`${out}.work`) ? readdirSync(`${out}.work`) : [];
      if (!work.some((file) => file.endsWith('.json'))) return;
      clearInterval(watch);
      process.kill(-(child.pid as number), 'SIGINT');
    }, 20);
    child.stderr.on('data', (chunk) => {
      log += chunk;
    });
    expect(await exit, log).toBe(130);
    expect(log).toContain('interrupted; run the same command again to go on from here');
    expect(existsSync(`${out}.json`)).toBe(false);
    const resumed = winnow(...sweep(out));
    expect(resumed.status, resumed.stderr).toBe(0);
    const numbers = (file: string) =>
      (JSON.parse(readFileSync(file, 'utf8')).runs as { trainSeconds: number }[]).map(
        ({ trainSeconds: _, ...run }) => run,
      );
    expect(numbers(`${out}.json`)).toEqual(numbers(join(directory, 'whole.json')));
    expect(existsSync(`${out}.work`)).toBe(false);

    const report = winnow('report', `${out}.json`, '--figure', join(directory, 'again'));
    expect(report.status).toBe(0);
    expect(existsSync(join(directory, 'again.png'))).toBe(true);
  });
});
