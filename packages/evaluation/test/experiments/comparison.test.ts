import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { methods, resolveMethod } from '@winnow/baselines';
import { makeSynthetic, subsetDataset, subsetSplit } from '@winnow/data';
import {
  comparisonArms,
  comparisonMarkdown,
  type Experiment,
  findModel,
  parseSweepResult,
  RunStore,
  runExperiment,
  type SweepResult,
  stepTimes,
} from '@winnow/evaluation';
import { tf } from '@winnow/tensorflow';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { temporaryFolder } from '../../../../test/temporary-folder.js';

const directory = temporaryFolder();

const tiny = makeSynthetic({ classes: 3, height: 8, width: 8, train: 60, test: 30, seed: 1 });

function experiment(dataset: Experiment['dataset']): Experiment {
  return {
    dataset,
    model: findModel('resnet8'),
    arms: [
      { label: 'plain', method: 'none', hyperparameters: {} },
      { label: 'L0', method: 'l0', hyperparameters: { lambda: 1 } },
      { label: 'targeted', method: 'targeted-dropout', hyperparameters: { gamma: 0.5 } },
    ],
    seeds: [0],
    epochs: 1,
    batchSize: 20,
    learningRate: { kind: 'constant', rate: 0.01 },
    momentum: 0.9,
    weightDecay: 1e-4,
    augment: {},
    granularity: 'weight',
    sparsities: [0, 0.5],
    reestimateBatches: 1,
    command: 'a test',
  };
}

describe('the comparison', () => {
  it('has every method of the registry at every granularity, with settings that are accepted', () => {
    for (const granularity of ['weight', 'unit'] as const) {
      const arms = comparisonArms(granularity, 1000, 10);
      expect(new Set(arms.map(({ label }) => label)).size).toBe(arms.length);
      const compared = new Set(arms.flatMap(({ method }) => method.split('+')));
      for (const [name, { granularities }] of methods)
        expect(compared.has(name), `comparisonArms('${granularity}') has ${name}`).toBe(
          granularities.includes(granularity),
        );
      for (const { method, hyperparameters } of arms) resolveMethod(method, hyperparameters, granularity);
      for (const figure of ['paper', 'beyond'] as const) {
        // As many as the figure has colours.
        expect(arms.filter(({ figures }) => figures.includes(figure)).length).toBeLessThanOrEqual(7);
      }
    }
  });

  it('times steps, trains, prunes raw, to the target and to sparsities, resumes, and makes a table', async () => {
    const before = tf.memory().numTensors;
    const one = experiment(tiny);
    const milliseconds = await stepTimes(one, { rounds: 1, steps: 2 });
    expect(Object.keys(milliseconds)).toEqual(['plain', 'L0', 'targeted']);
    expect(Object.values(milliseconds).every((time) => time > 0 && time < 60_000)).toBe(true);

    const progress: { done: number; total: number }[] = [];
    const options = {
      workDirectory: directory,
      onRun: (report: { done: number; total: number }) => void progress.push(report),
    };
    const result: SweepResult = { ...(await runExperiment(one, options)), stepMilliseconds: milliseconds };
    expect(progress.map(({ done, total }) => `${done}/${total}`)).toEqual(['1/3', '2/3', '3/3']);
    const [plain, l0, targeted] = result.runs;
    expect(plain!.masked).toBeUndefined();
    expect(l0!.masked!.targetFraction).toBeLessThan(0.5);
    expect(targeted!.masked!.targetFraction).toBe(0.5);
    // The target of targeted dropout is what pruning at γ cuts.
    expect(targeted!.masked).toMatchObject({
      asIs: targeted!.rows[1]!.asIs,
      reestimated: targeted!.rows[1]!.reestimated,
    });
    expect(parseSweepResult(JSON.stringify(result), 'test')).toEqual(result);

    const files = readdirSync(directory).sort();
    const again = await runExperiment(one, options);
    expect(again.runs).toEqual(result.runs);
    expect(progress).toHaveLength(3);
    expect(readdirSync(directory).sort()).toEqual(files);

    const table = comparisonMarkdown(result);
    const lines = table.split('\n').filter((line) => line.startsWith('|'));
    expect(lines[0]).toBe('| method | step | raw | own | 50 % |');
    expect(lines).toHaveLength(10);
    expect(lines[2]).toContain(`| plain | ${milliseconds['plain']!.toFixed(1)} (1.00×) |`);
    expect(lines[4]).toContain('(50 %)');
    expect(tf.memory().numTensors).toBe(before);
  });

  it('keeps what was found out under a key', async () => {
    const store = new RunStore(join(directory, 'kept'));
    let calls = 0;
    const keep = (key: string) => store.remember(key, z.number(), async () => ++calls);
    expect([await keep('a'), await keep('a'), await keep('b')]).toEqual([1, 1, 2]);
    writeFileSync(join(directory, 'kept', 'a.json'), '{"half');
    await expect(keep('a')).rejects.toThrow(/kept\/a\.json is not JSON: .*; delete it and run again/);
    expect(() => store.finished('a')).toThrow(/kept\/a\.json is not JSON: .*; delete it and run again/);
  });
});

describe('a subset', () => {
  it('takes images evenly, with their labels', () => {
    const split = subsetSplit(tiny.train, 7);
    expect(split.count).toBe(7);
    for (let i = 0; i < 7; i++) {
      const from = Math.floor((i * 60) / 7);
      expect(split.labels[i]).toBe(tiny.train.labels[from]);
      expect([...split.images.subarray(i * 64, i * 64 + 64)]).toEqual([
        ...tiny.train.images.subarray(from * 64, from * 64 + 64),
      ]);
    }
    expect(subsetDataset(tiny, { train: 20, test: 10 }).title).toBe(`${tiny.title}, 20 of 60 training images`);
    expect(() => subsetSplit(tiny.train, 61)).toThrow('subsetSplit: count must be an integer in [1, 60], got 61');
  });
});
