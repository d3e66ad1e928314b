import { targetedDropoutTransform } from '@winnow/baselines';
import { makeSynthetic } from '@winnow/data';
import { applyTransform, resnet, selectKernels } from '@winnow/models';
import { tf } from '@winnow/tensorflow';
import { evaluate, prune, reestimateBatchNorm, snapshotWeights, sparsitySweep } from '@winnow/training';
import { describe, expect, it } from 'vitest';
import { smallDataset, weightBits } from '../train/small-run.js';

const model = () => resnet({ depth: 8, inputShape: [8, 8, 1], classes: 4 });
const zerosPerColumn = (kernel: tf.Tensor) =>
  tf.tidy(() => [
    ...tf.sum(tf.cast(tf.equal(kernel.reshape([-1, kernel.shape.at(-1) as number]), 0), 'int32'), 0).dataSync(),
  ]);

describe('prune', () => {
  it('zeroes exactly ⌊s·fanIn⌋ weights of every column, in every selected kernel and no other', () => {
    const network = model();
    const pruned = prune(network, { sparsity: 0.9 });
    expect(pruned.map(({ path }) => path)).toEqual(selectKernels('test', network).map(({ path }) => path));
    for (const { variable } of selectKernels('test', network)) {
      const fanIn = variable.size / (variable.shape.at(-1) as number);
      expect(new Set(zerosPerColumn(variable))).toEqual(new Set([Math.floor(0.9 * fanIn + 1e-9)]));
    }
    const first = network.getLayer('first_conv').getWeights()[0] as tf.Tensor;
    expect(new Set(zerosPerColumn(first))).toEqual(new Set([0]));
    const { kept, weights } = pruned[0]!;
    expect(kept / weights).toBeCloseTo(0.1, 1);
  });

  it('zeroes whole columns at unit granularity', () => {
    const network = model();
    prune(network, { sparsity: 0.5, granularity: 'unit', include: ['stage3_block1_conv2'] });
    const zeros = zerosPerColumn(network.getLayer('stage3_block1_conv2').getWeights()[0] as tf.Tensor);
    expect(zeros.filter((count) => count === 576)).toHaveLength(32);
    expect(zeros.filter((count) => count === 0)).toHaveLength(32);
  });

  it('prunes the kernels of the transform if the model has one', () => {
    const network = model();
    const transform = targetedDropoutTransform({ targetFraction: 0.5, dropRate: 0.5 });
    applyTransform(network, transform, { include: ['stage1_*'] });
    expect(prune(network, { sparsity: 0.5 }).every(({ path }) => path.startsWith('stage1_'))).toBe(true);
  });

  it('refuses a bad sparsity before it changes anything, and names a kernel with NaN', () => {
    const network = model();
    const before = weightBits(network);
    expect(() => prune(network, { sparsity: 1.01 })).toThrow("prune: sparsity must be in [0, 1] or 'target', got 1.01");
    expect(weightBits(network)).toEqual(before);
    const { path, variable } = selectKernels('test', network)[1]!;
    variable.assign(tf.fill(variable.shape, Number.NaN));
    expect(() => prune(network, { sparsity: 0.5 })).toThrow(
      `prune: kernel '${path}' must not contain NaN, got NaN at index 0`,
    );
  });
});

describe('reestimateBatchNorm', () => {
  it('sets the statistics to those of the images, and changes nothing else', async () => {
    const input = tf.input({ shape: [8, 8, 1] });
    let x = tf.layers.batchNormalization({ name: 'norm' }).apply(input) as tf.SymbolicTensor;
    x = tf.layers.dropout({ rate: 0.9 }).apply(x) as tf.SymbolicTensor;
    x = tf.layers.batchNormalization({ name: 'after_dropout' }).apply(x) as tf.SymbolicTensor;
    const network = tf.model({
      inputs: input,
      outputs: tf.layers.dense({ units: 4 }).apply(tf.layers.flatten().apply(x)) as tf.SymbolicTensor,
    });
    const before = weightBits(network);
    // Ten batches of 32 are one pass over all images, so the mean of means is the mean over the set.
    const layers = await reestimateBatchNorm(network, smallDataset.train, { batches: 10, batchSize: 32 });
    expect(layers).toBe(2);
    const pixels = [...smallDataset.train.images].map((byte) => byte / 255);
    const mean = pixels.reduce((sum, value) => sum + value, 0) / pixels.length;
    const variance = pixels.reduce((sum, value) => sum + (value - mean) ** 2, 0) / pixels.length;
    const [, , movingMean, movingVariance] = network.getLayer('norm').getWeights() as [
      tf.Tensor,
      tf.Tensor,
      tf.Tensor,
      tf.Tensor,
    ];
    expect(movingMean.dataSync()[0]).toBeCloseTo(mean, 4);
    // The mean of batch variances is below the variance of the whole by the variance of batch means, which is small.
    expect(movingVariance.dataSync()[0]).toBeCloseTo(variance, 2);
    // Dropout is off: the second layer sees normalised values, not ones that are mostly zero and ten times as large.
    const second = network.getLayer('after_dropout').getWeights() as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
    expect(second[3].dataSync()[0]).toBeCloseTo(1, 1);
    const after = weightBits(network);
    const isStatistic = network.weights.map(({ originalName }) => /moving_(mean|variance)/.test(originalName));
    for (const [i, bits] of after.entries()) {
      if (isStatistic[i]) expect(bits).not.toEqual(before[i]);
      else expect(bits).toEqual(before[i]);
    }
    expect((network.getLayer('norm') as unknown as { momentum: number }).momentum).toBe(0.99);
    expect(Object.hasOwn(network.getLayer('norm'), 'call')).toBe(false);
  });

  it('returns 0 for a model without BatchNorm, and refuses bad numbers', async () => {
    const plain = tf.sequential({
      layers: [tf.layers.flatten({ inputShape: [8, 8, 1] }), tf.layers.dense({ units: 4 })],
    });
    expect(await reestimateBatchNorm(plain, smallDataset.train)).toBe(0);
    await expect(reestimateBatchNorm(plain, smallDataset.train, { batches: 0 })).rejects.toThrow(
      'reestimateBatchNorm: batches must be an integer ≥ 1, got 0',
    );
    await expect(reestimateBatchNorm(plain, smallDataset.train, { batchSize: 321 })).rejects.toThrow(
      '[1, 320], got 321',
    );
  });
});

describe('evaluate', () => {
  it('counts every image once, whatever the batch size', async () => {
    const network = model();
    const whole = await evaluate(network, smallDataset.test, { batchSize: 100 });
    const parts = await evaluate(network, smallDataset.test, { batchSize: 33 });
    expect(whole.images).toBe(100);
    expect(parts.images).toBe(100);
    expect(parts.accuracy).toBe(whole.accuracy);
    expect(parts.loss).toBeCloseTo(whole.loss, 4);
  });
});

describe('sparsitySweep', () => {
  it('needs no batch size for a data set that is smaller than the default', async () => {
    const { train, test } = makeSynthetic({ classes: 4, height: 8, width: 8, train: 64, test: 16, seed: 1 });
    const rows = await sparsitySweep(model(), { train, test }, { sparsities: [0.5] });
    expect(rows).toHaveLength(1);
  });

  it('gives a row per sparsity and leaves the weights as they were', async () => {
    const network = model();
    const before = weightBits(network);
    const tensors = tf.memory().numTensors;
    const rows = await sparsitySweep(network, smallDataset, {
      sparsities: [0, 0.5, 1],
      reestimate: { batches: 2, batchSize: 64 },
    });
    expect(rows.map(({ sparsity }) => sparsity)).toEqual([0, 0.5, 1]);
    expect(rows[0]!.asIs).toBe((await evaluate(network, smallDataset.test)).accuracy);
    expect(weightBits(network)).toEqual(before);
    expect(tf.memory().numTensors).toBe(tensors);
  });

  it('restores the weights when it is aborted', async () => {
    const network = model();
    const before = weightBits(network);
    const controller = new AbortController();
    const sweep = sparsitySweep(network, smallDataset, {
      sparsities: [0.5, 0.9],
      reestimate: { batches: 1, batchSize: 64 },
      signal: controller.signal,
      onRow: () => controller.abort(),
    });
    await expect(sweep).rejects.toThrow();
    expect(weightBits(network)).toEqual(before);
    await expect(sparsitySweep(network, smallDataset, { sparsities: [2] })).rejects.toThrow(
      'sparsities must be in [0, 1], got 2',
    );
    // What goes wrong within is said in the caller's name.
    await expect(sparsitySweep(network, smallDataset, { sparsities: ['target'] })).rejects.toThrow(
      "sparsitySweep: sparsity must be in [0, 1], since a kernel without a transform has no target, got 'target'",
    );
    const wrong = { sparsities: [0.5], granularity: 'column' as never };
    await expect(sparsitySweep(network, smallDataset, wrong)).rejects.toThrow(
      "sparsitySweep: granularity must be 'weight' or 'unit', got 'column'",
    );
  });

  it('works on very few examples', async () => {
    const few = makeSynthetic({ classes: 4, height: 8, width: 8, train: 3, test: 2, seed: 1 });
    const [row] = await sparsitySweep(resnet({ depth: 8, inputShape: [8, 8, 1], classes: 4 }), few, {
      sparsities: [0.5],
    });
    expect([0, 0.5, 1]).toContain(row!.asIs);
    expect([0, 0.5, 1]).toContain(row!.reestimated);
  });
});

it('snapshotWeights restores more than once', () => {
  const network = model();
  const before = weightBits(network);
  const snapshot = snapshotWeights(network);
  for (let i = 0; i < 2; i++) {
    prune(network, { sparsity: 0.8 });
    expect(weightBits(network)).not.toEqual(before);
    snapshot.restore();
    expect(weightBits(network)).toEqual(before);
  }
  snapshot.dispose();
});
