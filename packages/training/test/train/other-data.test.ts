/** Checkpoints and the data they belong to: another set of the same size is another run. */

import { mkdtempSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeSynthetic } from '@winnow/data';
import { seedDropout } from '@winnow/models';
import { readSafetensors, writeSafetensors } from '@winnow/safetensors';
import { tf } from '@winnow/tensorflow';
import { type TrainingData, type TrainOptions, train } from '@winnow/training';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../../test/temporary-folder.js';
import { ownExamples, ownModel, ownOptions } from './own-run.js';

const directory = temporaryFolder();

const images = (seed: number) => makeSynthetic({ train: 32, test: 16, height: 4, width: 4, seed });
const options: TrainOptions = { epochs: 1, batchSize: 8, learningRate: { kind: 'constant', rate: 0.01 } };

function imageModel(dropout = 0): tf.LayersModel {
  const model = tf.sequential({
    layers: [
      tf.layers.flatten({ inputShape: [4, 4, 1] }),
      ...(dropout > 0 ? [tf.layers.dropout({ rate: dropout, name: 'dropout' })] : []),
      tf.layers.dense({ units: 4, name: 'logits' }),
    ],
  });
  return model;
}

/** Trains once, and again with a change; `metric` says which is the best. */
function twice(model: () => tf.LayersModel, data: TrainingData, given: TrainOptions, metric?: string) {
  const folder = mkdtempSync(join(directory, 'run-'));
  const checkpoint = (name = metric) => ({ directory: folder, ...(name !== undefined && { best: { metric: name } }) });
  const file = join(folder, 'last.safetensors');
  const steps: number[] = [];
  return {
    file,
    steps,
    first: () => train(model(), data, { ...given, checkpoint: checkpoint() }),
    again: (other: TrainingData, change: Partial<TrainOptions> & { metric?: string } = {}, second = model) => {
      const { metric: name, ...rest } = change;
      return train(second(), other, {
        ...given,
        ...rest,
        checkpoint: checkpoint(name),
        onStep: ({ step }) => steps.push(step),
      });
    },
  };
}

describe('a checkpoint of images', () => {
  it.each<[string, () => TrainingData]>([
    ['other pixels', () => images(2).train],
    [
      'one other pixel',
      () => {
        const { train: split } = images(1);
        split.images[7]! ^= 1;
        return split;
      },
    ],
    [
      'one other label',
      () => {
        const { train: split } = images(1);
        split.labels[3] = (split.labels[3]! + 1) % 4;
        return split;
      },
    ],
  ])('refuses %s before any step', async (_what, other) => {
    const { file, steps, first, again } = twice(imageModel, images(1).train, options);
    await first();
    const before = readFileSync(file);
    await expect(again(other())).rejects.toThrow(
      new RegExp(
        `^${file} belongs to a run on other data \\(the digest of data was "[0-9a-f]{32}", is now "[0-9a-f]{32}"\\); ` +
          'give the data of that run, or choose another directory$',
      ),
    );
    expect(steps).toEqual([]);
    expect(readFileSync(file)).toEqual(before);
    // The same images in other memory are the same data.
    await again(images(1).train);
  });

  it('that does not say on what it was trained is refused by name', async () => {
    const { file, first, again } = twice(imageModel, images(1).train, options);
    await first();
    const { arrays, metadata } = readSafetensors(file);
    const { data: _, ...identity } = JSON.parse(metadata['run']!);
    writeSafetensors(file, arrays, { ...metadata, run: JSON.stringify(identity) });
    await expect(again(images(1).train)).rejects.toThrow(
      `${file} does not say which data it was trained on, as checkpoints of earlier versions do not; ` +
        'delete it or choose another directory',
    );
  });

  it('keeps the best by one metric on one test set', async () => {
    const best = { metric: 'testLoss' };
    const given = { ...options, test: images(1).test };
    const { file, first, again } = twice(imageModel, images(1).train, given, best.metric);
    await expect(first()).resolves.toMatchObject({ best });
    await expect(again(images(1).train, { test: images(2).test })).rejects.toThrow(
      `${file} belongs to a run on other data (the digest of test was`,
    );
    await expect(again(images(1).train, { metric: 'testAccuracy' })).rejects.toThrow(
      'checkpoint.best.metric was testLoss, is now testAccuracy); delete it or choose another directory',
    );
    await expect(again(images(1).train)).resolves.toMatchObject({ best });
  });

  it('refuses another seed of dropout', async () => {
    const seeded = (seed: number) => () => {
      const model = imageModel(0.5);
      seedDropout(model, seed);
      return model;
    };
    const { first, again } = twice(seeded(1), images(1).train, options);
    await first();
    await expect(again(images(1).train, {}, seeded(2))).rejects.toThrow('(dropoutSeed was 1, is now 2)');
    await again(images(1).train);
  });
});

describe('a checkpoint of examples', () => {
  const { x, y } = ownExamples() as { x: Float32Array; y: Float32Array };
  const changed = (values: Float32Array, at: number) => values.map((value, i) => (i === at ? value + 1 : value));

  it.each<[string, TrainingData]>([
    ['another input', { x: changed(x, x.length - 1), y }],
    ['another target', { x, y: changed(y, 0) }],
    ['weights', { x, y, sampleWeight: y.map(() => 2) }],
  ])('refuses %s', async (_what, other) => {
    const { steps, first, again } = twice(ownModel, { x, y }, ownOptions({ x, y }));
    await first();
    await expect(again(other)).rejects.toThrow(/belongs to a run on other data \(the digest of data/);
    expect(steps).toEqual([]);
  });

  it('refuses other weights', async () => {
    const weighted = (weight: number) => ({ x, y, sampleWeight: y.map(() => weight) });
    const { first, again } = twice(ownModel, weighted(1), ownOptions(weighted(1)));
    await first();
    await expect(again(weighted(2))).rejects.toThrow('belongs to a run on other data (the digest of data was');
  });

  it('takes the same numbers in another form', async () => {
    const { first, again } = twice(ownModel, { x, y }, ownOptions({ x, y }));
    await first();
    await again({ x: tf.tensor2d(x, [y.length, 3]), y: Float64Array.from(y) });
    await again({ x, y: [...y] });
  });
});
