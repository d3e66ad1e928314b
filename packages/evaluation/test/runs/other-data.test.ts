/** Runs and the data they belong to: nothing is resumed, and no result taken, from a run on other data. */

import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { type ImageDataset, loadTextPairs, makeSynthetic, type TextPairDataset, textPairsDigest } from '@winnow/data';
import {
  type Experiment,
  findModel,
  parseSweepResult,
  RunStore,
  readTrainingResult,
  runConfig,
  runExperiment,
  TRANSLATION_DEFAULTS,
  trainRun,
  translationRun,
} from '@winnow/evaluation';
import sharp from 'sharp';
import { describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { temporaryFolder } from '../../../../test/temporary-folder.js';

const directory = temporaryFolder();
vi.mock('@winnow/data', async (original) => {
  const module = await original<typeof import('@winnow/data')>();
  return { ...module, loadTextPairs: vi.fn(module.loadTextPairs) };
});

/** Two classes of three images each in both splits, in a colour. */
async function pictures(red: number): Promise<string> {
  const root = mkdtempSync(join(directory, 'pictures-'));
  for (const part of ['train', 'test']) {
    for (const [label, name] of ['cat', 'dog'].entries()) {
      for (const i of [0, 1, 2]) {
        const create = { width: 6, height: 5, channels: 3, background: { r: red, g: 250 * label, b: i } } as const;
        const file = join(root, part, name, `${i}.png`);
        mkdirSync(join(file, '..'), { recursive: true });
        await sharp({ create }).toFile(file);
      }
    }
  }
  return root;
}

describe('winnow train', () => {
  const run = (dataDir: string, out: string, signal = new AbortController().signal) =>
    trainRun(
      runConfig(
        {
          ...{ model: 'mlp10', dataset: 'image-folders', dataDir, epochs: 1, batchSize: 3, tensorboard: false },
          // Else the statistics of other pictures would make it another run.
          standardise: 'none',
        },
        'test',
      ),
      { directory: out, signal },
    );

  it('names the setting that cannot be where a channel has one value, and writes nothing', async () => {
    const config = runConfig({ dataset: 'image-folders', dataDir: await pictures(9), standardise: 'dataset' }, 'test');
    const out = join(directory, 'constant');
    await expect(trainRun(config, { directory: out, signal: new AbortController().signal })).rejects.toThrow(
      'trainRun: standardise (--standardise) must be per-image or none where a channel has one value in all training ' +
        'images, as channel 0 has, got "dataset"',
    );
    expect(existsSync(out)).toBe(false);
  });

  it('refuses to resume on other pictures of the same names and sizes, wherever they lie', async () => {
    const [one, two] = [await pictures(10), await pictures(11)];
    const out = join(directory, 'run');
    const { datasetDigest } = await run(one, out);
    expect(datasetDigest).toMatch(/^[0-9a-f]{32}$/);
    expect(await readTrainingResult(join(out, 'result.json'))).toMatchObject({ datasetDigest });
    expect(JSON.parse(readFileSync(join(out, 'data.json'), 'utf8'))).toMatchObject({ digest: datasetDigest, train: 6 });
    const state = () =>
      ['config.json', 'data.json', 'result.json'].map((name) => readFileSync(join(out, name), 'utf8'));
    const before = state();
    await expect(run(two, out)).rejects.toThrow(
      new RegExp(
        `^${out} holds a run on other data: pictures-\\w+, 6 \\+ 6, digest ${datasetDigest}; now it is ` +
          'pictures-\\w+, 6 \\+ 6, digest \\w{32}; choose another directory \\(--out\\), or give the data of that ' +
          `run \\(--data-dir ${one}\\)$`,
      ),
    );
    expect(state()).toEqual(before);

    // The same pictures elsewhere are the same data.
    const moved = join(directory, 'moved');
    cpSync(one, moved, { recursive: true });
    expect((await run(moved, out)).datasetDigest).toBe(datasetDigest);
    // Without the file that says so, the checkpoint still does.
    renameSync(join(out, 'config.json'), join(out, 'config.old'));
    await expect(run(two, out)).rejects.toThrow(
      /last\.safetensors belongs to a run on other data \(the digest of data/,
    );
  });

  it('refuses a run that does not say what it was trained on, and one that says it badly', async () => {
    const data = await pictures(20);
    const out = join(directory, 'old');
    await run(data, out);
    writeFileSync(join(out, 'data.json'), '{"format": "winnow-data/1", "dataset": "x", "train": 6, "test": 6}');
    await expect(run(data, out)).rejects.toThrow(
      `${join(out, 'data.json')}: digest must be a text that is not empty, found nothing`,
    );
    rmSync(join(out, 'data.json'));
    await expect(run(data, out)).rejects.toThrow(
      `${out} holds a run that does not say which data it is trained on, as runs of earlier versions do not; ` +
        'choose another directory (--out), or remove it',
    );
  });
});

describe('an experiment', () => {
  const set = (seed: number) => makeSynthetic({ classes: 2, height: 4, width: 4, train: 16, test: 8, seed });
  const experiment = (dataset: ImageDataset): Experiment => ({
    dataset,
    model: findModel('mlp10'),
    arms: [{ label: 'plain', method: 'none', hyperparameters: {} }],
    ...{ seeds: [0], epochs: 1, batchSize: 8, momentum: 0.9, weightDecay: 0, augment: {}, granularity: 'weight' },
    learningRate: { kind: 'constant', rate: 0.01 },
    ...{ sparsities: [0, 0.5], reestimateBatches: 1, command: 'a test' },
  });
  const kept = (folder: string) =>
    readdirSync(folder)
      .filter((name) => name.endsWith('.json') && name !== 'data.json')
      .map((name) => join(folder, name));

  it('takes no result of other data of the same title and size, and says which data it had', async () => {
    const workDirectory = join(directory, 'work');
    let made = 0;
    const run = (dataset: ImageDataset) =>
      runExperiment(experiment(dataset), { workDirectory, onRun: () => void made++ });
    const result = await run(set(1));
    expect(result.datasetDigest).toBe(set(1).digest);
    expect(parseSweepResult(JSON.stringify(result), 'test')).toEqual(result);
    const refusal =
      `${workDirectory} holds a run on other data: Synthetic patterns, 16 + 8, digest ${set(1).digest}; now it is ` +
      `Synthetic patterns, 16 + 8, digest ${set(2).digest}; choose another directory (--out)`;
    await expect(run(set(2))).rejects.toThrow(refusal);
    // What it says of itself is not believed.
    await expect(run({ ...set(2), digest: set(1).digest })).rejects.toThrow(refusal);
    expect((await run({ ...set(1), digest: '' })).runs).toEqual(result.runs);
    expect([made, kept(workDirectory).length]).toEqual([1, 1]);
    rmSync(join(workDirectory, 'data.json'));
    await expect(run(set(1))).rejects.toThrow(
      `${workDirectory} holds a run that does not say which data it is trained on`,
    );
    // What was trained on nothing yet may be claimed for anything.
    rmSync(workDirectory, { recursive: true });
    mkdirSync(workDirectory);
    expect((await run(set(2))).datasetDigest).toBe(set(2).digest);
    expect(made).toBe(2);
  });

  it('refuses a kept run that is broken or another by its path', async () => {
    const workDirectory = join(directory, 'foreign');
    const run = () => runExperiment(experiment(set(1)), { workDirectory });
    const { runs } = await run();
    const [file] = kept(workDirectory) as [string];
    const stored = JSON.parse(readFileSync(file, 'utf8'));
    const refused = async (value: unknown, message: string) => {
      writeFileSync(file, typeof value === 'string' ? value : JSON.stringify(value));
      await expect(run()).rejects.toThrow(`${file}${message}`);
    };
    await refused('{"half', ' is not JSON');
    await refused({}, ": format must be 'winnow-stored/1', found nothing; delete it and run again");
    await refused([1], ': must be an object, found [1]; delete it and run again');
    // As it was kept before it had a key.
    await refused(stored.value, ": format must be 'winnow-stored/1', found nothing");
    await refused(
      { ...stored, key: 'f'.repeat(16) },
      `: key must be '${stored.key}', as in the file's name, found "ffff`,
    );
    const { raw: _, ...half } = stored.value;
    await refused({ ...stored, value: half }, ': value.raw must be an object, found nothing; delete it and run again');
    await refused({ ...stored, value: { ...stored.value, rows: [] } }, ': value.rows must be a list that is not empty');
    rmSync(file);
    expect((await run()).runs[0]).toMatchObject({ rows: runs[0]!.rows });
  });

  it('keeps what fits its schema under a key', async () => {
    const store = new RunStore(join(directory, 'kept'));
    const file = join(directory, 'kept', 'a.json');
    await store.remember('a', z.number(), async () => 3);
    await expect(store.remember('a', z.string('a text'), async () => '')).rejects.toThrow(
      `${file}: value must be a text, found 3; delete it and run again`,
    );
    cpSync(file, join(directory, 'kept', 'b.json'));
    await expect(store.remember('b', z.number(), async () => 4)).rejects.toThrow("b.json: key must be 'b'");
  });
});

describe('a translation run', () => {
  const part = (source: readonly string[], target: readonly string[]) => ({ source, target, count: source.length });
  const pairs = (word: string): TextPairDataset => {
    const undigested = {
      ...{ name: 'own', title: 'Own', sourceLanguage: 'en', targetLanguage: 'de' },
      train: part([`one ${word}`, 'two two two'], ['eins', 'zwei zwei']),
      validation: part(['three'], ['drei']),
      test: part(['four'], ['vier']),
    };
    return { ...undigested, digest: textPairsDigest(undigested) };
  };
  const settings = { ...TRANSLATION_DEFAULTS, vocabularySize: 262, batchSize: 2, epochs: 1 };

  /** Begins a run and is stopped before its first step. */
  const begin = (word: string, out: string, other: object = {}) => {
    vi.mocked(loadTextPairs).mockResolvedValueOnce(pairs(word));
    return translationRun({ ...settings, ...other }, { directory: out, signal: AbortSignal.abort() });
  };

  it('refuses to go on with a tokenizer and checkpoints of other text', async () => {
    const out = join(directory, 'translation');
    await expect(begin('one', out)).rejects.toThrow('interrupted');
    expect(JSON.parse(readFileSync(join(out, 'data.json'), 'utf8'))).toMatchObject({ digest: pairs('one').digest });
    const tokenizer = readFileSync(join(out, 'tokenizer.json'));
    await expect(begin('uno', out)).rejects.toThrow(
      `${out} holds a run on other data: Own, 2 + 1, digest ${pairs('one').digest}; now it is Own, 2 + 1, digest ` +
        `${pairs('uno').digest}; choose another directory (--out), or give the data of that run (--data-dir)`,
    );
    expect(readFileSync(join(out, 'tokenizer.json'))).toEqual(tokenizer);
    await expect(begin('one', out)).rejects.toThrow('interrupted');
    rmSync(join(out, 'data.json'));
    await expect(begin('one', out)).rejects.toThrow(`${out} holds a run that does not say which data it is trained on`);
  });

  it('refuses another vocabulary and keeps the tokenizer that its checkpoints need', async () => {
    const out = join(directory, 'vocabulary');
    vi.mocked(loadTextPairs).mockResolvedValueOnce(pairs('one'));
    await translationRun({ ...settings, beam: 1 }, { directory: out, signal: new AbortController().signal });
    const before = readFileSync(join(out, 'tokenizer.json'));
    await expect(begin('one', out, { vocabularySize: 260 })).rejects.toThrow(
      `${out} holds a run with another vocabulary (tokenizer.json has vocabularySize 262, lowerCase true, is now ` +
        'vocabularySize 260, lowerCase true); choose another directory (--out), or give the settings of that run',
    );
    await expect(begin('one', out, { lowerCase: false })).rejects.toThrow('is now vocabularySize 262, lowerCase false');
    expect(readFileSync(join(out, 'tokenizer.json'))).toEqual(before);
    await expect(begin('one', out)).rejects.toThrow('interrupted');
    // The model needs it as well; without both nothing does.
    rmSync(join(out, 'checkpoints'), { recursive: true });
    await expect(begin('one', out, { vocabularySize: 260 })).rejects.toThrow('another vocabulary');
    rmSync(join(out, 'model.safetensors'));
    await expect(begin('one', out, { vocabularySize: 260 })).rejects.toThrow('interrupted');
    expect(readFileSync(join(out, 'tokenizer.json'))).not.toEqual(before);
  });

  it('goes on where the text gave fewer tokens than asked for', async () => {
    const out = join(directory, 'few-tokens');
    for (const _ of [1, 2]) await expect(begin('one', out, { vocabularySize: 5000 })).rejects.toThrow('interrupted');
  });
});
