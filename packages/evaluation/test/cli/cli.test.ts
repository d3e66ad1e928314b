import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readSweepResult } from '@winnow/evaluation';
import sharp from 'sharp';
import { describe, expect, it, vi } from 'vitest';
import { temporaryFolder } from '../../../../test/temporary-folder.js';
import { withoutExtension } from '../../src/cli/options.js';
import { exampleResult } from '../report/example-result.js';
import { runCommand } from './run-command.js';

const root = fileURLToPath(new URL('../../../..', import.meta.url));
const directory = temporaryFolder();

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

const empty = join(directory, 'empty');
mkdirSync(empty);
const settings = join(directory, 'sweep-settings.json');
writeFileSync(
  settings,
  JSON.stringify({ dataset: 'synthetic', epochs: 9, sparsities: [0, 0.5, 0.9], reestimateBatches: 4, method: 'l1' }),
);
/** Settings from a file and from the command line, which overrides the file. */
const sweep = (out: string) => [
  ...['sweep', '--config', settings, '--epochs', '4', '--batch-size', '32', '--seeds', '1,2'],
  ...['--method', 'none', '--method', 'targeted-dropout:gamma=0.9,alpha=0.9,ramp=0.5'],
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
    ['WINNOW_ISA', 'foo', 'WINNOW_ISA must be one of'],
    ['WINNOW_THREADS', '-1', 'WINNOW_THREADS must be an integer in [1, 1024]'],
  ])('the doctor finds a bad %s', (name, value, message) => {
    const run = spawnSync(process.execPath, command(['doctor']), {
      cwd: root,
      encoding: 'utf8',
      env: { ...environment, [name]: value },
    });
    expect(run.stdout).toContain(message);
    expect(run.status).toBe(1);
  });

  it.each([
    [['sweep', '--model', 'resnet9000'], ", got 'resnet9000'"],
    [['sweep', '--method', 'magic'], ", got 'magic'"],
    [['sweep', '--method', 'targeted-dropout:gama=1'], "there is no hyperparameter 'gama'; it has gamma, alpha, ramp"],
    [['sweep', '--method', 'targeted-dropout:gamma=2'], 'targeted-dropout: gamma must be in [0, 1], got 2'],
    [
      ['sweep', '--sparsities', '0.5,1.5'],
      'winnow sweep: sparsities must be rising fractions in [0, 1], got "0.5,1.5"',
    ],
    [['sweep', '--seeds', '0,0'], 'winnow sweep: seeds must be different integers ≥ 0, got "0,0"'],
    [['sweep', '--dataset', 'mnist-fashion'], 'no data set is called mnist-fashion'],
    [['sweep', '--dataset', 'synthetic', '--batch-size', '100000'], 'batchSize must be an integer in [1, 512]'],
    [['report', 'nowhere.json'], 'nowhere.json cannot be read (ENOENT)'],
    [['report', 'docs'], 'docs cannot be read (EISDIR)'],
    [
      ['report', 'package.json'],
      'package.json: format must be one of winnow-sweep/1, winnow-train/1, winnow-translation/1',
    ],
    [['report', 'docs/results/demo.json', '--figure', ''], "--figure must be a path that can be written to, got ''"],
  ])('refuses %o', (args, message) => {
    const { status, stderr } = winnow(...args, ...(args[0] === 'sweep' ? ['--out', join(directory, 'refused')] : []));
    expect(stderr).toContain(message);
    expect(stderr).not.toContain('winnow: winnow');
    expect(status).toBe(1);
    expect(stderr).not.toMatch(/\n {4}at /);
  });

  const file = (settings: unknown) => {
    const path = join(mkdtempSync(join(directory, 'settings-')), 'settings.json');
    writeFileSync(path, JSON.stringify(settings));
    return path;
  };

  it.each<[string, string[], unknown, string]>([
    ['sweep', ['--batch-size', 'many'], undefined, 'winnow sweep: batchSize must be an integer ≥ 1, got "many"'],
    ['sweep', ['--seeds', '0,-1'], undefined, 'winnow sweep: seeds must be different integers ≥ 0, got "0,-1"'],
    [
      'sweep',
      ['--method', 'l1:0.1'],
      undefined,
      'method must be NAME or NAME:key=value,…, each key once, got ["l1:0.1"]',
    ],
    ['sweep', ['--method', 'l1:lamda=1'], undefined, "there is no hyperparameter 'lamda'"],
    ['train', ['--dataset', 'nowhere'], undefined, 'no data set is called nowhere'],
    ['train', ['--dataset', 'fashion_mnist'], undefined, "synthetic; did you mean 'fashion-mnist'?"],
    ['train', ['--model', 'resnet22'], undefined, "got 'resnet22'; did you mean 'resnet20'?"],
    ['train', ['--image-size', '8x70000'], undefined, 'of such, got "8x70000"'],
    ['sweep', ['--sparsities', '0.9,0.5'], undefined, 'must be rising fractions in [0, 1], got "0.9,0.5"'],
    ['sweep', ['--method', 'l1', '--method', 'l1'], undefined, "sweep: method must be different ones, got 'l1' twice"],
    ['sweep', ['--method', 'rigll'], undefined, "got 'rigll'; did you mean 'rigl'?"],
    ['compare', ['--methods', 'l1,rigll'], undefined, "got 'rigll'; did you mean 'rigl'?"],
    ['sweep', [], { epoch: 1 }, "; did you mean 'epochs'?"],
    ['sweep', ['--method', 'l1:lamda=1'], undefined, "; did you mean 'lambda'?"],
    ['sweep', ['--dataset', 'multi30k'], undefined, 'holds translations, not images: `winnow translate` trains on it'],
    ['train', ['--dataset', 'multi30k'], undefined, 'holds translations, not images: `winnow translate` trains on it'],
    ...['sweep', 'train'].map((name): [string, string[], unknown, string] => [
      name,
      ['--dataset', 'synthetic', '--data-dir', directory],
      undefined,
      `winnow ${name}: dataDir has no meaning for the data set synthetic, which is made, not read`,
    ]),
    ...['sweep', 'train', 'compare', 'translate', 'demo'].map((name): [string, string[], unknown, string] => [
      name,
      ['--data-dir', 'nowhere'],
      undefined,
      `winnow ${name}: dataDir must be a directory that is there, got "nowhere", which cannot be read (ENOENT)`,
    ]),
    ['demo', ['--data-dir', settings], undefined, `that is there, got "${settings}", which is none`],
    [
      'train',
      ['--image-size', '0'],
      undefined,
      'imageSize must be an integer in [1, 65535], or HEIGHTxWIDTH of such, got "0"',
    ],
    [
      'sweep',
      ['--image-size', '8x'],
      undefined,
      'imageSize must be an integer in [1, 65535], or HEIGHTxWIDTH of such, got "8x"',
    ],
    ['train', ['--image-size', '8'], undefined, 'imageSize has no meaning for the data set fashion-mnist'],
    [
      'compare',
      [],
      undefined,
      'winnow compare: the data set cifar10-jpeg needs dataDir (--data-dir), a directory with',
    ],
    [
      'train',
      [],
      { dataset: 'image-folders' },
      'the data set image-folders needs dataDir (--data-dir), a directory with',
    ],
    ['compare', ['--seeds', '0.5'], undefined, 'winnow compare: seeds must be an integer ≥ 1, got "0.5"'],
    ['compare', ['--methods', 'magic'], undefined, 'methods must be some of none, weight-dropout, l1'],
    ['compare', ['--granularity', 'layer'], undefined, 'granularity must be one of weight, unit, both, got "layer"'],
    ['translate', ['--beam', '0'], undefined, 'winnow translate: beam must be an integer ≥ 1, got "0"'],
    ['sweep', [], { epoch: 1 }, "settings.json: there is no setting 'epoch'; there are model, dataset"],
    ['train', [], { pad: -1 }, 'settings.json: pad must be an integer in [0, 4096], got -1'],
    ['compare', [], { reduced: 'yes' }, 'settings.json: reduced must be true or false, got "yes"'],
    ['translate', ['--dropout', '0'], { dropout: 1 }, 'settings.json: dropout must be a number in [0, 1), got 1'],
    // What a file has is what it means: text is no number, and null is no value.
    ...(
      [
        ['train', { epochs: '3' }, 'epochs must be an integer ≥ 1, got "3"'],
        ['train', { clipNorm: null }, 'clipNorm must be a number > 0, got null'],
        ['sweep', { seeds: '1,2' }, 'seeds must be different integers ≥ 0, got "1,2"'],
        ['sweep', { seeds: ['1'] }, 'seeds must be different integers ≥ 0, got ["1"]'],
        ['sweep', { sparsities: 0.5 }, 'sparsities must be rising fractions in [0, 1], got 0.5'],
        ['sweep', { augment: 'false' }, 'augment must be true or false, got "false"'],
        ['sweep', { method: [['l1']] }, 'method must be a text that is not empty, got [["l1"]]'],
        ['compare', { seeds: '3' }, 'seeds must be an integer ≥ 1, got "3"'],
        ['compare', { methods: 'l1,rigl' }, 'methods must be a list of names, got "l1,rigl"'],
        ['compare', { epochs: [2] }, 'epochs must be an integer ≥ 1, got [2]'],
        ['translate', { beam: '4' }, 'beam must be an integer ≥ 1, got "4"'],
        ['translate', { lowerCase: 'true' }, 'lowerCase must be true or false, got "true"'],
      ] as const
    ).map(([name, given, message]): [string, string[], unknown, string] => [
      name,
      [],
      given,
      `settings.json: ${message}`,
    ]),
    ...(
      [
        ['train', 'Fashion-MNIST', []],
        ['sweep', 'Fashion-MNIST', []],
        ['demo', 'Fashion-MNIST', []],
        ['translate', 'Multi30k', []],
        ['train', 'CIFAR-10', ['--dataset', 'cifar10']],
      ] as const
    ).map(([name, title, options]): [string, string[], unknown, string] => [
      name,
      [...options, '--data-dir', empty],
      undefined,
      `${empty} does not hold ${title}: looked for `,
    ]),
    ...(
      [
        ['compare', []],
        ['sweep', ['--dataset', 'image-folders']],
      ] as const
    ).map(([name, options]): [string, string[], unknown, string] => [
      name,
      [...options, '--data-dir', empty],
      undefined,
      `${empty} has no folder train and no test, val or validation: found nothing; expected `,
    ]),
  ])('%s %o with %o is refused before TensorFlow is set up', async (name, options, settings, message) => {
    const cache = mkdtempSync(join(directory, 'cache-'));
    vi.stubEnv('WINNOW_CACHE', cache);
    const config = settings === undefined ? [] : ['--config', file(settings)];
    const out = ['--out', join(directory, 'refused')];
    await expect(runCommand([name, ...options, ...config, ...out])).rejects.toThrow(message);
    vi.unstubAllEnvs();
    expect(readdirSync(cache)).toEqual([]);
  });

  it.each([
    ['a/x.json', 'a/x'],
    ['a/x.SVG', 'a/x'],
    ['a/x.weight', 'a/x.weight'],
    ['a.json/x', 'a.json/x'],
    ['a/.json', 'a/.json'],
  ])('takes %s for files of the path %s', (given, path) => {
    expect(withoutExtension(given, ['.json', '.svg'])).toBe(path);
  });

  it('shows the same options and defaults for every command that has settings', () => {
    for (const name of ['sweep', 'train', 'compare', 'translate']) {
      const { stdout } = winnow(name, '--help');
      expect(stdout).toContain('--config <file>');
      expect(stdout).toContain('--data-dir <directory>');
      expect(stdout).toMatch(new RegExp(`--out <\\w+>[^(]+\\(default:\\s+output/${name}\\)`));
    }
  });

  it('sweeps over folders of images, brought to one size, and says what it leaves out', async () => {
    const folders = join(directory, 'pets');
    for (const [label, name] of ['cat', 'dog'].entries()) {
      for (const part of ['train', 'test']) {
        mkdirSync(join(folders, part, name), { recursive: true });
        for (const size of [10, 12, 14, 16]) {
          const create = {
            width: size,
            height: size + 2,
            channels: 3,
            background: { r: 250 * label, g: 9 + label, b: 9 - label },
          } as const;
          await sharp({ create }).toFile(join(folders, part, name, `${size}.png`));
        }
      }
    }
    writeFileSync(join(folders, 'train', 'cat', '._10.png'), 'text');
    const out = join(directory, 'folders');
    const args = [
      '--model',
      'mlp10',
      '--epochs',
      '1',
      '--batch-size',
      '4',
      '--sparsities',
      '0',
      '--reestimate-batches',
      '1',
    ];
    const pets = ['sweep', '--dataset', 'image-folders', '--data-dir', folders, ...args, '--out', out];
    const mixed = winnow(...pets);
    expect(mixed.stderr).toMatch(
      /1[0246]×1[2468], the first image is 10×12: give a size to bring all to one \(--image-size/,
    );
    expect(mixed.status).toBe(1);
    const { status, stderr } = winnow(...pets, '--image-size', '8x6');
    expect(status, stderr).toBe(0);
    expect(stderr).toContain(`Image folders: left out\n  hidden: ${join(folders, 'train', 'cat', '._10.png')}\n`);
    expect(await readSweepResult(`${out}.json`)).toMatchObject({
      dataset: 'pets',
      parameters: 8 * 6 * 3 * 10 + 10 + 22,
    });
    // The same command on other pictures in the same place is another sweep.
    await sharp({ create: { width: 10, height: 12, channels: 3, background: { r: 1, g: 2, b: 3 } } }).toFile(
      join(folders, 'test', 'cat', '10.png'),
    );
    const other = winnow(...pets, '--image-size', '8x6');
    expect(other.stderr).toMatch(
      /folders\.json holds the result of a sweep on other data \(their digest was \w{32}, is/,
    );
    expect(other.status).toBe(1);
  });

  it.each(['weight', 'unit'])('does not write over the result of another comparison by %s', (granularity) => {
    const out = join(directory, 'compared');
    const file = `${out}-${granularity}.json`;
    const text = JSON.stringify({ ...exampleResult, command: 'winnow compare --seeds 3' });
    writeFileSync(file, text);
    const { status, stderr } = winnow('compare', '--granularity', 'weight', '--out', `${out}.md`);
    expect(stderr).toContain(
      `${file} holds the result of another comparison (winnow compare --seeds 3); choose another --out, or remove it`,
    );
    expect(status).toBe(1);
    expect(readFileSync(file, 'utf8')).toBe(text);
    rmSync(file);
  });

  it('sweeps, can be interrupted at any time, and resumes to the same numbers', async () => {
    const whole = winnow(...sweep(join(directory, 'whole.json')));
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
    expect(result).toMatchObject({ epochs: 4, batchSize: 32 });
    expect(result.runs[0]!.rows.map(({ sparsity }) => sparsity)).toEqual([0, 0.5, 0.9]);
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
      if (!work.some((file) => file.endsWith('.json') && file !== 'data.json')) return;
      clearInterval(watch);
      process.kill(-(child.pid as number), 'SIGINT');
    }, 20);
    child.stderr.on('data', (chunk) => {
      log += chunk;
    });
    expect(await exit, log).toBe(130);
    expect(log).toContain('interrupted; run the same command again to resume');
    expect(existsSync(`${out}.json`)).toBe(false);
    const other = winnow(...sweep(join(directory, 'whole.json')), '--momentum', '0.5');
    expect(other.stderr).toContain('whole.json holds the result of another sweep');
    expect(other.status).toBe(1);
    const resumed = winnow(...sweep(out));
    expect(resumed.status, resumed.stderr).toBe(0);
    const numbers = (file: string) =>
      (JSON.parse(readFileSync(file, 'utf8')).runs as { trainSeconds: number }[]).map(
        ({ trainSeconds: _, ...run }) => run,
      );
    expect(numbers(`${out}.json`)).toEqual(numbers(join(directory, 'whole.json')));
    expect(existsSync(`${out}.work`)).toBe(false);

    const report = winnow('report', `${out}.json`, '--figure', join(directory, 'again.svg'));
    expect(report.status).toBe(0);
    for (const name of ['again.svg', 'again.png']) expect(existsSync(join(directory, name))).toBe(true);
  });
});
