import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  checkTranslationSettings,
  evaluationOf,
  parseMethod,
  RunDirectory,
  readSettings,
  runConfig,
  SETTINGS,
  scheduleOf,
  TRANSLATION_DEFAULTS,
} from '@winnow/evaluation';
import { winnowCommand } from '@winnow/system/command';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../../test/temporary-folder.js';
import { commandOf } from '../../src/runs/config.js';
import { runSettings, sizeOf } from '../../src/runs/settings.js';
import { changedOptions, readOptions } from '../../src/schema/settings.js';
import { translationSettings } from '../../src/translation/settings.js';

const directory = temporaryFolder();

describe('runConfig', () => {
  it('fills in defaults and takes the text of the command line for numbers', () => {
    const given = { epochs: '3', learningRate: '1e-2', milestones: '0.5,0.9', flip: true };
    const config = runConfig(readOptions(runSettings, given), 'test');
    expect(config).toMatchObject({
      ...{ epochs: 3, learningRate: 0.01, milestones: [0.5, 0.9], flip: true },
      ...{ batchSize: 128, model: 'resnet20', optimizer: 'sgd' },
    });
    expect(config).not.toHaveProperty('clipNorm');
    expect([64, '64', '48x64'].map((imageSize) => sizeOf(runConfig({ imageSize }, 'test').imageSize!))).toEqual([
      { height: 64, width: 64 },
      { height: 64, width: 64 },
      { height: 48, width: 64 },
    ]);
    expect(runConfig({ ...config }, 'again')).toEqual(config);
  });

  it.each<[Record<string, unknown>, string]>([
    [{ epoch: 3 }, "here: there is no setting 'epoch'; there are model, dataset, dataDir, imageSize, method"],
    [{ epochs: 0 }, 'here: epochs must be an integer ≥ 1, got 0'],
    [{ epochs: 'many' }, 'here: epochs must be an integer ≥ 1, got "many"'],
    [{ epochs: '' }, 'here: epochs must be an integer ≥ 1, got ""'],
    // As files may have them: what looks like a number is none.
    [{ epochs: '3' }, 'here: epochs must be an integer ≥ 1, got "3"'],
    [{ epochs: [3] }, 'here: epochs must be an integer ≥ 1, got [3]'],
    [{ epochs: true }, 'here: epochs must be an integer ≥ 1, got true'],
    [{ epochs: { value: 3 } }, 'here: epochs must be an integer ≥ 1, got {"value":3}'],
    [{ learningRate: null }, 'here: learningRate must be a number > 0, got null'],
    [{ clipNorm: null }, 'here: clipNorm must be a number > 0, got null'],
    [{ milestones: '0.5,0.75' }, 'here: milestones must be fractions in [0, 1), got "0.5,0.75"'],
    [{ milestones: ['0.5'] }, 'here: milestones must be fractions in [0, 1), got ["0.5"]'],
    [{ milestones: 0.5 }, 'here: milestones must be fractions in [0, 1), got 0.5'],
    [{ milestones: [] }, 'here: milestones must be fractions in [0, 1), got []'],
    [{ flip: 'true' }, 'here: flip must be true or false, got "true"'],
    [{ flip: 1 }, 'here: flip must be true or false, got 1'],
    [{ optimizer: ['sgd'] }, 'here: optimizer must be one of sgd, adam, adamw, got ["sgd"]'],
    [{ method: null }, 'here: method must be a text that is not empty, got null'],
    [{ method: 'l1:lambda=1=2' }, 'here: method must be NAME or NAME:key=value,…, each key once, got'],
    [{ method: 'l1:lambda=1,lambda=2' }, 'here: method must be NAME or NAME:key=value,…, each key once, got'],

    [{ schedule: 'warm-up' }, 'schedule must be one of constant, one-cycle, piecewise, cosine, inverse-square-root'],
    [{ milestones: [0.5, 1.5] }, 'here: milestones must be fractions in [0, 1), got [0.5,1.5]'],
    [{ flip: 'yes' }, 'here: flip must be true or false, got "yes"'],
    [{ evaluateEvery: '2' }, "here: evaluateEvery must be a text such as '2 epochs' or '500 steps', got \"2\""],
    [{ model: 8 }, 'here: model must be a text that is not empty, got 8'],
  ])('refuses %o', (given, message) => {
    expect(() => runConfig(given, 'here')).toThrow(RangeError);
    expect(() => runConfig(given, 'here')).toThrow(message);
  });

  it('names a file that holds no settings', () => {
    const file = join(directory, 'broken.json');
    writeFileSync(file, '{"epochs": 3');
    expect(() => readSettings(file)).toThrow(`${file} is not a readable JSON file`);
    writeFileSync(file, '[1]');
    expect(() => readSettings(file)).toThrow(`${file} must hold a JSON object of settings`);
    expect(() => readSettings(join(directory, 'nowhere.json'))).toThrow('nowhere.json is not a readable JSON file');
    writeFileSync(file, '{"epochs": 3, "a": {"epochs": "b:{"}, "\\u0065pochs": 4}');
    expect(() => readSettings(file)).toThrow(`${file} has the setting 'epochs' twice`);
    writeFileSync(file, '\ufeff{"epochs": 3}');
    expect(readSettings(file)).toEqual({ epochs: 3 });
  });
});

describe('what a configuration means', () => {
  const scheduled = (given: Record<string, unknown>) => scheduleOf(runConfig(given, 'test'));

  it('makes every schedule', () => {
    const learningRate = 0.3;
    expect(scheduled({ learningRate })).toEqual({ kind: 'one-cycle', peak: 0.3, warmup: 0.2 });
    expect(scheduled({ learningRate, schedule: 'constant' })).toEqual({ kind: 'constant', rate: 0.3 });
    expect(scheduled({ learningRate, schedule: 'cosine', finalRate: 0.01 })).toEqual({
      kind: 'cosine',
      rate: 0.3,
      final: 0.01,
    });
    expect(scheduled({ learningRate, schedule: 'piecewise', warmupSteps: 5 })).toEqual({
      kind: 'warm-up',
      steps: 5,
      main: { kind: 'piecewise', rate: 0.3, at: [0.5, 0.75], factor: 0.1 },
    });
    expect(scheduled({ learningRate, schedule: 'inverse-square-root', warmupSteps: 100 })).toEqual({
      kind: 'inverse-square-root',
      peak: 0.3,
      warmupSteps: 100,
    });
  });

  it('reads methods and times', () => {
    expect(parseMethod('targeted-dropout:gamma=0.9,hard=true,how=x')).toEqual({
      name: 'targeted-dropout',
      hyperparameters: { gamma: 0.9, hard: true, how: 'x' },
    });
    expect(parseMethod('pattern-targeted-dropout:pattern=2:4,alpha=0.9')).toEqual({
      name: 'pattern-targeted-dropout',
      hyperparameters: { pattern: '2:4', alpha: 0.9 },
    });
    expect(() => parseMethod('a:b')).toThrow("method: expected NAME:key=value,…, each key once, got 'a:b'");
    expect(evaluationOf(runConfig({ evaluateEvery: '20 steps' }, 'test'))).toEqual({ steps: 20 });
    expect(evaluationOf(runConfig({ evaluateEvery: '2 epochs' }, 'test'))).toEqual({ epochs: 2 });
  });

  it('has a command that repeats it, without the place of the data', () => {
    const given = { model: 'resnet8', dataDir: '/somewhere', flip: true, milestones: [0.1], tensorboard: false };
    const config = runConfig({ ...given, evaluateEvery: '20 steps' }, 'test');
    const command = commandOf(config);
    expect(command).toBe(
      `${winnowCommand([])} train --model resnet8 --data-dir DIR --milestones 0.1 --flip ` +
        "--evaluate-every '20 steps' --no-tensorboard --out OUT",
    );
    expect(new Set(SETTINGS.map(({ option }) => option)).size).toBe(SETTINGS.length);
  });
});

it('a translation run has a command that repeats it', () => {
  const settings = checkTranslationSettings('test', {
    ...TRANSLATION_DEFAULTS,
    lowerCase: false,
    beam: 2,
    size: 'base',
  });
  expect(changedOptions(translationSettings, settings)).toEqual(['--size', 'base', '--no-lower-case', '--beam', '2']);
});

describe('RunDirectory', () => {
  it('keeps the effective configuration and refuses another one', () => {
    const files = new RunDirectory(join(directory, 'run'));
    const config = runConfig({ epochs: 3 }, 'test');
    const data = { format: 'winnow-data/1', dataset: 'Own', train: 2, test: 1, digest: 'a' } as const;
    files.checkData(data);
    files.claim(config, data);
    expect(JSON.parse(readFileSync(files.config, 'utf8'))).toEqual(config);
    files.check({ ...config, dataDir: '/elsewhere', logEvery: 7 });
    files.checkData({ ...data, dataset: 'Called otherwise' });
    expect(() => files.checkData({ ...data, digest: 'b' })).toThrow(
      `${files.path} holds a run on other data: Own, 2 + 1, digest a`,
    );
    expect(() => files.check({ ...config, epochs: 4 })).toThrow(
      `${files.path} holds a run with other settings (epochs was 3, is now 4); choose another directory`,
    );
  });
});
