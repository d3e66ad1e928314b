import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  runConfig,
  runExperiment,
  TRANSLATION_DEFAULTS,
  trainRun,
  translationRun,
  writeFigure,
} from '@winnow/evaluation';
import { beforeEach, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../../test/temporary-folder.js';
import { checkOutputs } from '../../src/runs/outputs.js';
import { RunFiles } from '../../src/runs/run-files.js';
import { TranslationFiles } from '../../src/translation/translation-files.js';
import { exampleResult } from '../report/example-result.js';
import { runCommand } from './run-command.js';

const root = fileURLToPath(new URL('../../../..', import.meta.url));
let folder: string;
const at = (...parts: string[]) => join(folder, ...parts);

beforeEach(() => {
  folder = temporaryFolder();
  writeFileSync(at('file'), '');
});

/** What can be in the way of a file. */
const OBSTACLES: readonly [what: string, put: (path: string) => void, reason: (path: string) => string][] = [
  ['a directory', (path) => mkdirSync(path), (path) => `${path} is a directory`],
  [
    'a read-only file',
    (path) => {
      writeFileSync(path, 'kept');
      chmodSync(path, 0o444);
    },
    (path) => `${path} is read-only`,
  ],
];

describe('checkOutputs', () => {
  it('takes what is there or can be made', () => {
    checkOutputs('--out', folder, {
      directories: [folder, at('new', 'er')],
      files: [at('file'), at('x.json'), at('new', 'er', 'x')],
    });
    expect(readdirSync(folder)).toEqual(['file']);
  });

  it.each([
    ['', 'it is empty'],
    ['  ', 'it is empty'],
  ])('refuses the path %j', (path, reason) => {
    expect(() => checkOutputs('x: --out', path, { directories: [], files: [] })).toThrow(
      new RangeError(`x: --out must be a path that can be written to, got '${path}': ${reason}`),
    );
  });

  it('refuses a file in place of a directory, and what is below one, by option, path and what is there', () => {
    for (const path of [at('file'), at('file', 'a'), at('file', 'a', 'b')]) {
      expect(() => checkOutputs('x: --out', path, { directories: [path], files: [] })).toThrow(
        new RangeError(
          `x: --out must be a path that can be written to, got '${path}': ${at('file')} is not a directory`,
        ),
      );
    }
  });
});

const figures = (path: string) => [`${path}.svg`, `${path}.png`];
const RUN = ['config.json', 'data.json', 'log.jsonl', 'result.json'];
const MODEL = ['model/model.json', 'model/weights.bin'];
/** Every command that writes: the option, the rest of its line, and all files and directories that it writes. */
const COMMANDS: readonly (readonly [
  command: string,
  option: string,
  rest: (folder: string) => readonly string[],
  out: string,
  files: readonly string[],
  directories: readonly string[],
])[] = [
  [
    'train',
    '--out',
    () => ['--dataset', 'synthetic'],
    'run',
    [...RUN, ...MODEL, 'checkpoints/last.safetensors', 'checkpoints/best.safetensors'].map((name) => `run/${name}`),
    ['run', 'run/checkpoints', 'run/model', 'run/tensorboard'],
  ],
  [
    'translate',
    '--out',
    () => [],
    'run',
    [
      ...['data.json', 'tokenizer.json', 'log.jsonl', 'model.safetensors', 'test.de.txt', 'result.json'],
      ...[...figures('figure'), 'checkpoints/last.safetensors'],
    ].map((name) => `run/${name}`),
    ['run', 'run/checkpoints'],
  ],
  [
    'sweep',
    '--out',
    () => ['--dataset', 'synthetic'],
    'x',
    ['x.json', ...figures('x'), 'x.work/data.json'],
    ['x.work'],
  ],
  [
    'compare',
    '--out',
    () => [],
    'x.md',
    [
      ...['x.md', 'x-weight.json', 'x-unit.json', 'x.work/data.json'],
      ...['weight-paper', 'weight-beyond', 'unit-paper', 'unit-beyond'].flatMap((name) => figures(`x-${name}`)),
    ],
    ['x.work'],
  ],
  ['demo', '--out', () => [], 'd', [...['d/demo.json', 'd/work/data.json'], ...figures('d/demo')], ['d', 'd/work']],
  ['report', '--figure', (within) => [join(within, 'result.json')], 'x.png', figures('x'), []],
];

describe.each(COMMANDS)('winnow %s', (command, option, rest, out, files, directories) => {
  const refused = async (reason: string) => {
    await expect(runCommand([command, ...rest(folder), option, at(out)])).rejects.toThrow(
      new RangeError(`winnow ${command}: ${option} must be a path that can be written to, got '${at(out)}': ${reason}`),
    );
  };
  beforeEach(() => writeFileSync(at('result.json'), JSON.stringify(exampleResult)));

  it.each(files.flatMap((file) => OBSTACLES.map((obstacle) => [obstacle[0], file, obstacle] as const)))(
    'refuses %s at %s before any work',
    async (_what, file, [, put, reason]) => {
      mkdirSync(dirname(at(file)), { recursive: true });
      put(at(file));
      await refused(reason(at(file)));
    },
  );

  it.each(directories.map((directory) => [directory]))('refuses a file at %s before any work', async (directory) => {
    mkdirSync(dirname(at(directory)), { recursive: true });
    writeFileSync(at(directory), '');
    await refused(`${at(directory)} is not a directory`);
  });
});

/** A file of somebody else's where a command writes, and what would tell that it is of an earlier run. */
const OTHERS: readonly (readonly [
  command: string,
  rest: readonly string[],
  out: string,
  file: string,
  signs: string,
])[] = [
  ['train', ['--dataset', 'synthetic'], 'mine', 'mine/result.json', 'config.json or data.json'],
  ['train', ['--dataset', 'synthetic'], 'mine', 'mine/log.jsonl', 'config.json or data.json'],
  ['train', ['--dataset', 'synthetic'], 'mine', 'mine/model/model.json', 'config.json or data.json'],
  ['train', ['--dataset', 'synthetic'], 'mine', 'mine/checkpoints/best.safetensors', 'config.json or data.json'],
  ['translate', [], 'mine', 'mine/result.json', 'data.json or tokenizer.json'],
  ['translate', [], 'mine', 'mine/figure.png', 'data.json or tokenizer.json'],
  ['sweep', ['--dataset', 'synthetic'], 'photo', 'photo.png', 'photo.json or data.json'],
  ['compare', [], 'README', 'README.md', 'data.json or README-weight.json or README-unit.json'],
  ['demo', [], 'mine', 'mine/demo.svg', 'demo.json or data.json'],
];

it.each(OTHERS)(
  'winnow %s %j --out %s replaces no %s that no run of ours wrote',
  async (command, rest, out, file, signs) => {
    mkdirSync(dirname(at(file)), { recursive: true });
    writeFileSync(at(file), 'mine');
    await expect(runCommand([command, ...rest, '--out', at(out)])).rejects.toThrow(
      new RangeError(
        `winnow ${command}: --out must be a path that can be written to, got '${at(out)}': ${at(file)} would be ` +
          `replaced, and no ${signs} beside it says that an earlier run wrote it; move it away`,
      ),
    );
    expect(readFileSync(at(file), 'utf8')).toBe('mine');
  },
);

it.each([
  ['train', ['--dataset', 'synthetic'], 'mine', 'mine/data.json'],
  ['train', ['--dataset', 'synthetic'], 'mine', 'mine/config.json'],
  ['demo', [], 'mine', 'mine/demo.json'],
  ['sweep', ['--dataset', 'synthetic'], 'mine', 'mine.json'],
])('winnow %s %j --out %s takes no %s of somebody else for its own', async (command, rest, out, file) => {
  mkdirSync(dirname(at(file)), { recursive: true });
  writeFileSync(at(file), '{"mine": 1}');
  await expect(runCommand([command, ...rest, '--out', at(out)])).rejects.toThrow(at(dirname(file)));
  expect(readFileSync(at(file), 'utf8')).toBe('{"mine": 1}');
});

describe('a place among the images', () => {
  const pets = () => {
    for (const split of ['Train', 'val'])
      for (const name of ['cat', 'dog']) mkdirSync(at('pets', split, name), { recursive: true });
    mkdirSync(at('elsewhere'));
    symlinkSync(at('elsewhere'), at('pets', 'Train', 'linked'));
    symlinkSync(at('pets', 'val'), at('shortcut'));
  };
  const dataset = ['--dataset', 'image-folders', '--data-dir'];

  it.each([
    ['train', 'pets/Train/run', 'pets/Train'],
    ['train', 'pets/val/cat', 'pets/val'],
    ['train', 'shortcut/run', 'pets/val'],
    ['train', 'elsewhere/run', 'pets/Train/linked'],
    ['train', 'pets/Train', 'pets/Train'],
    ['sweep', 'pets/Train/cat/curve.png', 'pets/Train'],
  ])('is refused for what %s writes: %s', async (command, out, folderOfImages) => {
    pets();
    await expect(runCommand([command, ...dataset, at('pets'), '--out', at(out)])).rejects.toThrow(
      `winnow ${command}: --out must be a path outside of the data, got '${at(out)}': ` +
        `${at(folderOfImages)} is a folder of images of ${at('pets')}, ` +
        'and what is written there would become part of the data set',
    );
    expect(readdirSync(at('elsewhere'))).toEqual([]);
  });

  it('is refused by trainRun; beside them is no place among them', async () => {
    pets();
    const config = runConfig({ dataset: 'image-folders', dataDir: at('pets') }, 'test');
    const { signal } = new AbortController();
    await expect(trainRun(config, { directory: at('pets', 'val', 'x'), signal })).rejects.toThrow(
      `trainRun: directory must be a path outside of the data, got '${at('pets', 'val', 'x')}'`,
    );
    await expect(trainRun(config, { directory: at('pets', 'x'), signal })).rejects.toThrow('has classes without');
  });
});

it('the command line refuses before TensorFlow is set up', () => {
  const script = join(root, 'packages/evaluation/src/cli/main.ts');
  const { stderr, status } = spawnSync(
    process.execPath,
    ['--conditions=winnow-source', '--import', 'tsx', script, 'train', '--out', at('file', 'run')],
    { encoding: 'utf8', cwd: root, env: { ...process.env, NODE_OPTIONS: '', WINNOW_CACHE: at('empty') } },
  );
  const given = at('file', 'run');
  expect(stderr).toBe(
    `\nwinnow train: --out must be a path that can be written to, got '${given}': ${at('file')} is not a directory\n`,
  );
  expect([status, existsSync(at('empty'))]).toEqual([1, false]);
});

describe('library functions', () => {
  const signal = new AbortController().signal;

  it('refuse before any work where something is in the way', async () => {
    const must = 'must be a path that can be written to, got';
    const run = at('run');
    mkdirSync(run);
    writeFileSync(join(run, 'checkpoints'), '');
    const config = runConfig({ dataset: 'synthetic' }, 'test');
    await expect(trainRun({ ...config, epochs: '3' as never }, { directory: run, signal })).rejects.toThrow(
      'trainRun: epochs must be an integer ≥ 1, got "3"',
    );
    await expect(trainRun(config, { directory: run, signal })).rejects.toThrow(
      `trainRun: directory ${must} '${run}': ${join(run, 'checkpoints')} is not a directory`,
    );
    await expect(translationRun(TRANSLATION_DEFAULTS, { directory: run, signal })).rejects.toThrow(
      `translationRun: directory ${must} '${run}': ${join(run, 'checkpoints')} is not a directory`,
    );
    await expect(runExperiment({} as never, { workDirectory: at('file') })).rejects.toThrow(
      `runExperiment: workDirectory ${must} '${at('file')}': ${at('file')} is not a directory`,
    );
    mkdirSync(at('x.png'));
    await expect(writeFigure(exampleResult, at('x'))).rejects.toThrow(
      `writeFigure: path ${must} '${at('x')}': ${at('x.png')} is a directory`,
    );
    expect([readdirSync(run), existsSync(at('x.svg'))]).toEqual([['checkpoints'], false]);
  });

  it('know all files of a run', () => {
    const { files } = new RunFiles(folder).outputs({ tensorboard: true });
    expect(files).toContain(at('checkpoints', 'best.safetensors'));
    expect(new RunFiles(folder).outputs({ tensorboard: false }).directories).not.toContain(at('tensorboard'));
    expect(new TranslationFiles(folder).outputs('fr').files).toContain(at('test.fr.txt'));
  });
});
