import { appliedTransform, selectKernels } from '@winnow/models';
import { tf } from '@winnow/tensorflow';
import { iterativePruning, snapshotWeights } from '@winnow/training';
import { describe, expect, it } from 'vitest';
import { tinyModel, trainTiny } from '../baselines/tiny-run.js';
import { weightBits } from '../train/small-run.js';

const zeroShare = (kernel: tf.Tensor) =>
  tf.tidy(() => tf.mean(tf.cast(tf.equal(kernel, 0), 'float32')).dataSync()[0] as number);
const kernelsOf = (model: tf.LayersModel) => selectKernels('test', model).map(({ variable }) => variable);
const zerosPerColumn = (kernel: tf.Tensor) =>
  tf.tidy(() => [
    ...tf.sum(tf.cast(tf.equal(tf.reshape(kernel, [-1, kernel.shape.at(-1) as number]), 0), 'int32'), 0).dataSync(),
  ]);

describe.each(['fine-tune', 'rewind'] as const)('iterative pruning, %s', (weights) => {
  it('cuts more in each round, keeps cut weights at zero, ends at exactly the given sparsity', async () => {
    const model = tinyModel(undefined);
    const before = tf.memory().numTensors;
    const start = kernelsOf(model).map((kernel) => [...kernel.dataSync()]);
    const shares: number[] = [];
    const rounds: number[] = [];
    let rewound = true;
    await iterativePruning(model, {
      sparsity: 0.75,
      rounds: 3,
      weights,
      async train(round) {
        rounds.push(round);
        if (round > 0) {
          const masked = kernelsOf(model).map((kernel) => [...kernel.dataSync()]);
          rewound &&= masked.every((values, i) => values.every((value, j) => value === start[i]![j]));
        }
        await trainTiny(model);
      },
      onRound: () => shares.push(zeroShare(kernelsOf(model)[0]!)),
    });
    expect(rounds).toEqual([0, 1, 2, 3]);
    expect(rewound).toBe(weights === 'rewind');
    expect(shares.map((share) => Number(share.toFixed(2)))).toEqual([0.37, 0.6, 0.75]);
    for (const kernel of kernelsOf(model)) {
      const fanIn = kernel.size / (kernel.shape.at(-1) as number);
      expect(new Set(zerosPerColumn(kernel))).toEqual(new Set([Math.floor(0.75 * fanIn)]));
    }
    expect(appliedTransform(model)).toBeUndefined();
    expect(tf.memory().numTensors).toBe(before);
  });
});

it('rewinds to a given snapshot, and changes nothing if a number is out of range', async () => {
  const model = tinyModel(undefined);
  await trainTiny(model);
  const early = snapshotWeights(model);
  const expected = kernelsOf(model).map((kernel) => [...kernel.dataSync()]);
  let seen: number[][] = [];
  await iterativePruning(model, {
    sparsity: 0.5,
    rounds: 1,
    granularity: 'unit',
    weights: early,
    async train(round) {
      if (round === 1) seen = kernelsOf(model).map((kernel) => [...kernel.dataSync()]);
      else await trainTiny(model);
    },
  });
  expect(seen).toEqual(expected);
  const units = zerosPerColumn(kernelsOf(model)[0]!);
  expect(units.filter((zeros) => zeros > 0)).toHaveLength(units.length / 2);
  early.dispose();

  const bits = weightBits(model);
  const train = () => Promise.reject(new Error('not reached'));
  await expect(iterativePruning(model, { sparsity: 1, rounds: 1, train })).rejects.toThrow(
    'iterativePruning: sparsity must be in [0, 1), got 1',
  );
  await expect(iterativePruning(model, { sparsity: 0.5, rounds: 0, train })).rejects.toThrow(
    'iterativePruning: rounds must be an integer ≥ 1, got 0',
  );
  expect(weightBits(model)).toEqual(bits);
});
