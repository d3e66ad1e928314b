import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readTrainingResult } from '@winnow/evaluation';
import { readRunLog } from '@winnow/training';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../../test/temporary-folder.js';

const root = fileURLToPath(new URL('../../../..', import.meta.url));
const directory = temporaryFolder();
const config = join(directory, 'config.json');
writeFileSync(
  config,
  JSON.stringify({ model: 'resnet8', dataset: 'synthetic', batchSize: 32, epochs: 4, logEvery: 4, checkpointEvery: 5 }),
);

const environment = { ...process.env, NODE_OPTIONS: '', NO_COLOR: '1' };
const command = (...args: string[]) => ['scripts/start.mjs', 'train', '--config', config, ...args];
function winnow(...args: string[]) {
  return spawnSync(process.execPath, command(...args), { cwd: root, encoding: 'utf8', env: environment });
}

describe('winnow train', () => {
  it.each([
    [['--pad', '5000'], 'winnow train: pad must be an integer in [0, 4096], got "5000"'],
    [['--epochs', '0'], 'winnow train: epochs must be an integer ≥ 1, got "0"'],
    [['--batch-size', '10000'], 'train: batchSize must be an integer in [1, 512] (the training images), got 10000'],
  ])(
    'refuses %o',
    (args, message) => {
      const { status, stderr } = winnow(...args, '--out', join(directory, 'refused'));
      expect(stderr).toContain(message);
      expect(status).toBe(1);
      expect(stderr).not.toMatch(/\n {4}at /);
      expect(existsSync(join(directory, 'refused'))).toBe(false);
    },
    180_000,
  );

  it('trains by a file and options, can be stopped by Ctrl-C, twice, and resumes to the same numbers', async () => {
    const options = ['--method', 'targeted-dropout:gamma=0.5,alpha=0.5', '--accumulate', '2', '--epochs', '3'];
    const whole = join(directory, 'whole');
    const { status, stdout, stderr } = winnow(...options, '--out', whole);
    expect(status, stderr).toBe(0);
    expect(
      stderr.match(/Left as they are:\n(?: {2}.*\n)* {2}logits\/kernel: the last layer before an output\n/g),
    ).toHaveLength(1);
    expect(stdout).toMatch(/testAccuracy [\d.]+ · best testAccuracy [\d.]+ at step \d+/);
    expect(readdirSync(whole).sort()).toEqual([
      ...['checkpoints', 'config.json', 'data.json', 'log.jsonl', 'model', 'result.json', 'tensorboard'],
    ]);
    expect(JSON.parse(readFileSync(join(whole, 'config.json'), 'utf8'))).toMatchObject({
      ...{ model: 'resnet8', batchSize: 32, accumulate: 2, epochs: 3, momentum: 0.9 },
    });

    const cut = join(directory, 'cut');
    const child = spawn(process.execPath, command(...options, '--out', cut), {
      cwd: root,
      env: environment,
      detached: true,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let log = '';
    child.stderr.on('data', (chunk) => {
      log += chunk;
    });
    const exit = new Promise<number | null>((resolve) => child.on('exit', resolve));
    const watch = setInterval(() => {
      if (!existsSync(join(cut, 'checkpoints', 'last.safetensors'))) return;
      clearInterval(watch);
      process.kill(-(child.pid as number), 'SIGINT');
      process.kill(-(child.pid as number), 'SIGINT');
    }, 5);
    expect(await exit, log).toBe(130);
    expect(log).toContain('Stopping after this step');
    expect(existsSync(join(cut, 'result.json'))).toBe(false);
    const resumed = winnow(...options, '--out', cut);
    expect(resumed.status, resumed.stderr).toBe(0);
    expect(resumed.stderr).toMatch(/resuming after step \d+ of 24/);

    const numbers = async (out: string) => {
      const { created: _, seconds: __, evaluations, ...rest } = await readTrainingResult(join(out, 'result.json'));
      return { ...rest, evaluations: evaluations.map((evaluation) => ({ ...evaluation, seconds: 0 })) };
    };
    expect(await numbers(cut)).toEqual(await numbers(whole));
    const steps = (out: string) => readRunLog(join(out, 'log.jsonl')).map(({ kind, step }) => `${kind} ${step}`);
    expect(steps(cut)).toEqual(steps(whole));
    expect(readFileSync(join(cut, 'model', 'weights.bin'))).toEqual(readFileSync(join(whole, 'model', 'weights.bin')));
  }, 600_000);
});
