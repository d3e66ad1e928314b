/** What holds for every method of the registry, at every granularity that it has. */

import { join } from 'node:path';
import { defaultsOf, findMethod, type Hyperparameters, methods } from '@winnow/baselines';
import { type AppliedTransform, appliedTransform, applyTransform, loadModel } from '@winnow/models';
import { tf } from '@winnow/tensorflow';
import { prune } from '@winnow/training';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../../test/temporary-folder.js';
import { sparsities } from '../../src/tensorboard/sparsity.js';
import { weightBits } from '../train/small-run.js';
import { STEPS, tinyModel, tinyTask, trainTiny } from './tiny-run.js';

const directory = temporaryFolder();

/** Values that make every part of a method work in a run of ten steps. */
const LIVELY: Record<string, Hyperparameters> = {
  'gradual-pruning': { interval: 3 },
  rigl: { interval: 3 },
  set: { interval: 3 },
  srigl: { interval: 3 },
  'variational-dropout': { scale: 100 },
  l0: { lambda: 1000, initial: 0.3 },
  smallify: { lambda: 0.05 },
};

const cases = [...methods.keys(), 'l1+targeted-dropout', 'gradual-pruning+targeted-dropout'].flatMap((name) =>
  findMethod(name).granularities.map((granularity) => ({ name, granularity })),
);

function create({ name, granularity }: (typeof cases)[number]): tf.LayersModel {
  const method = findMethod(name);
  const lively = Object.assign({}, ...name.split('+').map((part) => LIVELY[part]));
  const values = { ...defaultsOf(method, granularity), ...lively };
  return tinyModel(method.create(values, { granularity, seed: 4, totalSteps: STEPS }));
}

const ownBits = (model: tf.LayersModel) =>
  (appliedTransform(model)?.variables ?? []).map(({ variable }) => [
    ...new Uint32Array((variable.dataSync() as Float32Array).slice().buffer),
  ]);
const logits = (model: tf.LayersModel) =>
  tf.tidy(() => [...(model.predict(tf.randomUniform([20, 8, 8, 1], 0, 1, 'float32', 3)) as tf.Tensor).dataSync()]);

describe.each(cases)('$name, $granularity', (one) => {
  it('trains, resumes to the same bits, saves, loads, prunes, and leaves no tensor behind', async () => {
    const before = tf.memory().numTensors;
    const whole = create(one);
    const result = await trainTiny(whole);
    expect(Number.isFinite(result.finalLoss)).toBe(true);

    const checkpoint = join(directory, `${one.name}-${one.granularity}`);
    const cut = create(one);
    expect(await trainTiny(cut, { checkpoint, interruptAt: 6 })).toMatchObject({ steps: 6, interrupted: true });
    const resumed = create(one);
    await trainTiny(resumed, { checkpoint });
    expect(weightBits(resumed)).toEqual(weightBits(whole));
    expect(ownBits(resumed)).toEqual(ownBits(whole));

    await whole.save(`file://${checkpoint}-model`);
    const loaded = await loadModel(`file://${checkpoint}-model/model.json`);
    expect(logits(loaded)).toEqual(logits(whole));
    expect(ownBits(loaded)).toEqual(ownBits(whole));

    const applied = appliedTransform(loaded);
    if (applied?.transform.targetMask) checkTarget(loaded, applied, one.granularity);
    // What event files show of it.
    const shown = [...sparsities(tinyTask(resumed), STEPS).values()];
    expect(shown.length).toBeGreaterThan(0);
    expect(shown.every((share) => share >= 0 && share <= 1)).toBe(true);
    const kernels = prune(resumed, { sparsity: 0.75, granularity: one.granularity });
    const sum = (of: (kernel: (typeof kernels)[number]) => number) => kernels.reduce((total, k) => total + of(k), 0);
    // Every column, layer or the network, to the integer below.
    expect(1 - sum(({ kept }) => kept) / sum(({ weights }) => weights)).toBeCloseTo(0.75, 1);
    expect(logits(resumed).every(Number.isFinite)).toBe(true);

    for (const model of [whole, cut, resumed, loaded]) {
      appliedTransform(model)?.remove();
      model.dispose();
    }
    expect(tf.memory().numTensors).toBe(before);
  });
});

/** Baking a model after cutting to the target gives a plain model with the same outputs and exactly as many zeros. */
function checkTarget(model: tf.LayersModel, applied: AppliedTransform, granularity: 'weight' | 'unit'): void {
  const { kernels } = applied;
  const kept = prune(model, { sparsity: 'target', granularity }).map((kernel) => kernel.kept);
  const expected = logits(model);
  applied.bake();
  expect(appliedTransform(model)).toBeUndefined();
  expect(logits(model)).toEqual(expected);
  for (const [i, { variable }] of kernels.entries()) {
    const nonzero = tf.tidy(() => tf.sum(tf.cast(tf.notEqual(variable, 0), 'int32')).dataSync()[0] as number);
    expect(nonzero).toBeLessThanOrEqual(kept[i] as number);
  }
}

it('refuses model.fit for methods that fit cannot train', async () => {
  const model = create({ name: 'rigl', granularity: 'weight' });
  model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
  const fit = model.fit(tf.zeros([8, 8, 8, 1]), tf.zeros([8, 4]), { batchSize: 4, verbose: 0 });
  await expect(fit).rejects.toThrow("applyTransform: method 'rigl' has a penalty, variables or masks of its own");
});

it("refuses 'target' for a method without one", () => {
  const model = create({ name: 'l1', granularity: 'weight' });
  expect(() => prune(model, { sparsity: 'target' })).toThrow("since method 'l1' has no target, got 'target'");
  appliedTransform(model)!.remove();
  applyTransform(
    model,
    findMethod('two-four').create({ lambda: 0 }, { granularity: 'weight', seed: 0, totalSteps: 1 })!,
  );
  expect(
    prune(model, { sparsity: 'target' }).every(({ kept, weights }) => kept * 2 === weights || weights % 4 > 0),
  ).toBe(true);
});
