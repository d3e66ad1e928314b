/** Runs on examples and streams of one's own that are interrupted, killed and resumed; streams that cannot be. */

import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { tf } from '@winnow/tensorflow';
import { type ExampleStream, evaluate, type TrainingData, train } from '@winnow/training';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../../test/temporary-folder.js';
import { expectClose, numbers, perceptron, weightsOf } from './own-models.js';
import { ownExamples, ownModel, ownOptions, ownStream } from './own-run.js';
import { weightBits } from './small-run.js';

const directory = temporaryFolder();

const makers: [name: string, make: () => TrainingData][] = [
  ['examples', ownExamples],
  ['a shuffled tf.data.Dataset', ownStream],
];

async function bitsOfWholeRun(make: () => TrainingData): Promise<number[][]> {
  const model = ownModel();
  await train(model, make(), ownOptions(make()));
  return weightBits(model);
}

describe.each(makers)('a run on %s', (name, make) => {
  // In the middle of the first epoch, at an epoch's end, and in the middle of the last one. An epoch has five batches.
  it.each([3, 5, 13])('interrupted after step %i ends in the same bits when resumed', async (last) => {
    const checkpoint = { directory: join(directory, `${name}${last}`) };
    const controller = new AbortController();
    const options = ownOptions(make());
    const first = await train(ownModel(), make(), {
      ...options,
      checkpoint,
      signal: controller.signal,
      onStep: ({ step }) => step === last && controller.abort(),
    });
    expect(first).toMatchObject({ steps: last, interrupted: true });
    const steps: number[] = [];
    const model = ownModel();
    await train(model, make(), { ...options, checkpoint, onStep: ({ step }) => steps.push(step) });
    expect(steps).toEqual(Array.from({ length: 15 - last }, (_, i) => last + 1 + i));
    expect(weightBits(model)).toEqual(await bitsOfWholeRun(make));
  });

  it('killed with -9 ends in the same bits when resumed', async () => {
    const child = spawn(
      process.execPath,
      [
        'scripts/start.mjs',
        '--script',
        'packages/training/test/train/own-in-child.ts',
        join(directory, `killed-${name}`),
        name,
      ],
      {
        cwd: fileURLToPath(new URL('../../../..', import.meta.url)),
        stdio: ['ignore', 'pipe', 'inherit'],
        env: { ...process.env, NODE_OPTIONS: '' },
      },
    );
    let pid = 0;
    const exitCode = await new Promise((resolve) => {
      child.stdout.on('data', (chunk: Buffer) => {
        for (const line of chunk.toString().split('\n')) {
          if (line.startsWith('pid ')) pid = Number(line.slice(4));
          if (line === 'step 8') process.kill(pid, 'SIGKILL');
        }
      });
      child.on('exit', resolve);
    });
    expect(exitCode).toBe(137);
    const model = ownModel();
    const steps: number[] = [];
    await train(model, make(), {
      ...ownOptions(make()),
      checkpoint: { directory: join(directory, `killed-${name}`), everySteps: 1 },
      onStep: ({ step }) => steps.push(step),
    });
    expect(steps[0]).toBeGreaterThan(7);
    expect(weightBits(model)).toEqual(await bitsOfWholeRun(make));
  }, 120_000);

  it('leaves no tensor behind', async () => {
    const model = ownModel();
    const data = make();
    const options = { ...ownOptions(data), checkpoint: { directory: join(directory, `leak-${name}`) } };
    await train(model, data, { ...ownOptions(make()), epochs: 1 });
    const before = tf.memory().numTensors;
    await train(model, data, { ...options, test: make(), metrics: ['mae'] });
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('a tf.data.Dataset', () => {
  const checkpoint = (name: string) => ({ directory: join(directory, name) });

  it.each([3, 5])('that does not repeat itself is refused on resuming after step %i', async (last) => {
    // Without a seed, `shuffle` gives another order in every process.
    let round = 0;
    const drifting = (): ExampleStream =>
      tf.data
        .generator(function* () {
          const values = numbers(40 * 3, ++round);
          for (let i = 0; i < 40; i++) yield { xs: [...values.subarray(3 * i, 3 * i + 3)], ys: [values[i]!] };
        })
        .batch(8) as unknown as ExampleStream;
    const controller = new AbortController();
    const options = { ...ownOptions(drifting()), batchesPerEpoch: 5, checkpoint: checkpoint(`drift${last}`) };
    await train(ownModel(), drifting(), {
      ...options,
      signal: controller.signal,
      onStep: ({ step }) => step === last && controller.abort(),
    });
    await expect(train(ownModel(), drifting(), options)).rejects.toThrow(
      'train: the data does not repeat what the checkpoint was trained on, so the run cannot be resumed',
    );
  });

  it('moves the weights as stock fitDataset does, and evaluate as evaluateDataset', async () => {
    const [ours, stock] = [perceptron(1), perceptron(1)];
    const data = () => ownStream(false);
    await train(ours, data(), {
      ...ownOptions(data()),
      epochs: 2,
      learningRate: { kind: 'constant', rate: 0.05 },
      momentum: 0,
    });
    stock.compile({ optimizer: tf.train.sgd(0.05), loss: 'meanSquaredError', metrics: ['mae'] });
    await stock.fitDataset(data() as never, { epochs: 2, verbose: 0 });
    expectClose(weightsOf(ours), weightsOf(stock));
    const [loss, mae] = (await stock.evaluateDataset(data() as never, { batches: 5 })) as tf.Scalar[];
    const got = await evaluate(ours, data(), { loss: 'meanSquaredError', metrics: ['mae'] });
    expect(got.examples).toBe(40);
    expectClose([got.loss, got.metrics['mae']!], [loss!.dataSync()[0]!, mae!.dataSync()[0]!], 1e-5);
  });

  it('takes batches of different sizes, and weights', async () => {
    const named = tf.data
      .array(Array.from({ length: 5 }, (_, i) => ({ xs: [i, 0, 0], ys: [1], sampleWeight: i % 2 })))
      .batch(2) as unknown as ExampleStream;
    const model = perceptron(1);
    const { loss, examples } = await evaluate(model, named, { loss: 'meanSquaredError' });
    expect(examples).toBe(5);
    const odd = model.predict(
      tf.tensor2d([
        [1, 0, 0],
        [3, 0, 0],
      ]),
    ) as tf.Tensor;
    expectClose([loss], [[...odd.dataSync()].reduce((sum, value) => sum + (value - 1) ** 2, 0) / 5], 1e-5);
  });

  it.each<[string, () => ExampleStream, object, string]>([
    [
      'an unknown length',
      () => ownStream().filter(() => true),
      {},
      'train: batchesPerEpoch must be an integer ≥ 1, since the tf.data.Dataset does not know its length, got null',
    ],
    [
      'a batch size',
      () => ownStream(),
      { batchSize: 8 },
      'train: batchSize must be left out, since a tf.data.Dataset comes in batches, got 8',
    ],
    ['shuffle', () => ownStream(), { shuffle: true }, 'train: shuffle is for examples {x, y} alone, got true'],
    [
      'too few batches',
      () => ownStream(),
      { batchesPerEpoch: 6 },
      'train: epoch 0 of model ended after 5 of its 6 steps',
    ],
    [
      'no batch()',
      () => tf.data.array([{ xs: [1, 2, 3], ys: [1] }]) as unknown as ExampleStream,
      {},
      'train: x must have shape [n, 3], got [3]; the first axis is the examples: is a batch() missing?',
    ],
    [
      'no targets',
      () => tf.data.array([{ xs: [1, 2, 3] }]).batch(1) as unknown as ExampleStream,
      {},
      'train: data must be batches {xs, ys}, got {xs}',
    ],
    [
      'a NaN',
      () => tf.data.array([{ xs: [1, 2, 3], ys: [Number.NaN] }]).batch(1) as unknown as ExampleStream,
      {},
      'train: y must be finite, got NaN at 0',
    ],
  ])('is refused with %s', async (_, make, rest, message) => {
    await expect(train(perceptron(1), make(), { ...ownOptions(make()), ...rest })).rejects.toThrow(message);
  });
});
