import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../../test/temporary-folder.js';
import { parseSweepResult, ResultFileError, readSweepResult, writeSweepResult } from '../../src/results/index.js';
import { exampleResult } from './example-result.js';

let folder: string;
beforeAll(async () => {
  folder = temporaryFolder();
});

/** The example as JSON, with one place in it changed. */
function broken(change: (result: Record<string, never> & typeof exampleResult) => void): string {
  const copy = JSON.parse(JSON.stringify(exampleResult));
  change(copy);
  return JSON.stringify(copy);
}

describe('result files', () => {
  it('come back as they were written', async () => {
    const path = join(folder, 'sweep.json');
    await writeSweepResult(path, exampleResult);
    expect(await readSweepResult(path)).toEqual(exampleResult);
    expect(await readdir(folder)).toEqual(['sweep.json']);
  });

  it('are refused by name when they are not JSON', async () => {
    const path = join(folder, 'half.json');
    await writeFile(path, JSON.stringify(exampleResult).slice(0, 500));
    await expect(readSweepResult(path)).rejects.toThrow(ResultFileError);
    await expect(readSweepResult(path)).rejects.toThrow(`${path} is not JSON`);
  });

  // biome-ignore lint/suspicious/noExplicitAny: each case breaks a readonly field on purpose
  const cases: [name: string, change: (result: any) => void, message: string][] = [
    [
      'an unknown format',
      (r) => (r.format = 'winnow-sweep/2'),
      'format must be \'winnow-sweep/1\', found "winnow-sweep/2"',
    ],
    ['a missing field', (r) => delete r.model, 'model must be a text, found nothing'],
    [
      'an accuracy in per cent',
      (r) => (r.runs[1].rows[3].asIs = 17),
      'runs[1].rows[3].asIs must be a number in [0, 1], found 17',
    ],
    [
      'NaN, which JSON writes as null',
      (r) => (r.runs[0].raw.asIs = null),
      'runs[0].raw.asIs must be a number in [0, 1], found null',
    ],
    ['no runs', (r) => (r.runs = []), 'runs must be a list that is not empty, found []'],
    [
      'rows out of order',
      (r) => r.runs[0].rows.reverse(),
      'runs[0].rows[1].sparsity must be above the 0.95 before it, found 0.9',
    ],
    ['a seed that is no integer', (r) => (r.runs[0].seed = 0.5), 'runs[0].seed must be an integer ≥ 0, found 0.5'],
    ['a date that is none', (r) => (r.created = 'yesterday'), 'created must be a date (ISO 8601), found "yesterday"'],
    [
      'a γ-masked pair without γ',
      (r) => delete r.runs[1].masked.targetFraction,
      'runs[1].masked.targetFraction must be a number in [0, 1], found nothing',
    ],
    [
      'a hyperparameter that is a list',
      (r) => (r.runs[1].hyperparameters.dropRate = [1]),
      'runs[1].hyperparameters.dropRate must be a number, text or boolean, found [1]',
    ],
    [
      'an unknown granularity',
      (r) => (r.granularity = 'layer'),
      "granularity must be 'weight' or 'unit', found \"layer\"",
    ],
    [
      'one run twice',
      (r) => (r.runs[1] = r.runs[0]),
      'runs[1].seed must be another one than in the run of this label before it, found 0',
    ],
    [
      'two methods under one label',
      (r) => (r.runs[1].label = r.runs[0].label),
      'runs[1].method must be \'none\', as in the run of this label before it, found "targeted-dropout"',
    ],
    ['one class', (r) => (r.classes = 1), 'classes must be an integer ≥ 2, found 1'],
  ];
  it.each(cases)('are refused for %s', (_name, change, message) => {
    expect(() => parseSweepResult(broken(change), 'sweep.json')).toThrow(new ResultFileError(`sweep.json: ${message}`));
  });

  it('are not written when they could not be read again', async () => {
    const path = join(folder, 'never.json');
    const bad = { ...exampleResult, epochs: Number.NaN };
    await expect(writeSweepResult(path, bad)).rejects.toThrow('epochs must be an integer ≥ 0, found null');
    expect(await readdir(folder)).not.toContain('never.json');
  });
});
