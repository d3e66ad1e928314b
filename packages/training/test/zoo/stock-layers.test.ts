/**
 * Every layer class of tf.layers × three methods: trained with fit, pruned, saved, loaded by stock tfjs. What tfjs
 * itself cannot train fails with tfjs's own words.
 */

import { l1Transform, riglTransform, targetedDropoutTransform } from '@winnow/baselines';
import { STOCK_LAYERS } from '@winnow/graph';
import { applyTransform, fitCallbacks, modelKernels } from '@winnow/models';
import type { WeightTransform } from '@winnow/ops';
import { tf } from '@winnow/tensorflow';
import { prune } from '@winnow/training';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LayerKind, layerKinds, layerModel } from './layer-kinds.js';
import { predictions, quiet, STEPS, saved, single } from './zoo-model.js';

const methods: Record<string, () => WeightTransform> = {
  'targeted dropout': () => targetedDropoutTransform({ targetFraction: 0.5, dropRate: 0.5 }),
  RigL: () => riglTransform({ sparsity: 0.5, interval: 1, endStep: 9, allocation: 'uniform' }),
  L1: () => l1Transform({ lambda: 0.01 }),
};

/** Why tfjs itself cannot train a class or load it back, by class. */
const stockErrors = new Map<string, string | undefined>();

async function stockError(className: string, kind: LayerKind): Promise<string | undefined> {
  if (stockErrors.has(className)) return stockErrors.get(className);
  const fault = await failing(async () => {
    const { model, x, y } = layerModel(kind);
    await model.fit(single(x), single(y), quiet);
    await tf.loadLayersModel(await saved(model));
  });
  stockErrors.set(className, fault);
  return fault;
}

async function failing(run: () => Promise<void>): Promise<string | undefined> {
  try {
    await run();
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

beforeAll(() => tf.engine().startScope());
afterAll(() => tf.engine().endScope());

it('has every layer class', () => {
  expect([...Object.keys(layerKinds), 'InputLayer'].sort()).toEqual([...STOCK_LAYERS].sort());
});

describe.each(Object.entries(layerKinds))('%s', (className, kind) => {
  it.each(Object.entries(methods))('with %s', async (_, make) => {
    const error = await stockError(className, kind);
    const run = async () => {
      const made = layerModel(kind);
      const { model, x, y } = made;
      const applied = applyTransform(model, make(), { include: ['**'] });
      expect(applied.skipped).toEqual([]);
      const own = applied.kernels.filter(({ path }) => path.startsWith('x/'));
      expect(own).toHaveLength(kind.kernels);
      expect(applied.kernels).toHaveLength(modelKernels(model).length);
      const before = applied.kernels.map(({ variable }) => [...variable.dataSync()]);
      const { history } = await model.fit(single(x), single(y), { ...quiet, callbacks: fitCallbacks(model) });
      expect(Number.isFinite(history['loss']![0] as number)).toBe(true);
      expect(applied.step.value).toBe(STEPS - 1);
      for (const [i, { path, variable }] of applied.kernels.entries()) {
        expect([...variable.dataSync()], path).not.toEqual(before[i]);
      }
      const pruned = prune(model, { sparsity: 0.5 });
      expect(pruned.map(({ path }) => path)).toEqual(applied.kernels.map(({ path }) => path));
      applied.bake();
      for (const [i, { variable }] of applied.kernels.entries()) {
        const zeros = [...variable.dataSync()].filter((value) => value === 0).length;
        expect(zeros).toBeGreaterThanOrEqual(pruned[i]!.weights - pruned[i]!.kept);
      }
      expect(pruned.reduce((sum, { weights, kept }) => sum + weights - kept, 0)).toBeGreaterThan(0);
      const stock = await tf.loadLayersModel(await saved(model));
      expect(predictions(made, stock)).toEqual(predictions(made, model));
    };
    if (error === undefined) return run();
    await expect(run()).rejects.toThrow(error);
  });
});

it('fails only where tfjs itself does', () => {
  // No gradient of Conv3DTranspose, no function that makes RandomHeight; the others fail in shape inference or their
  // forward pass.
  const names = ['CategoryEncoding', 'CenterCrop', 'Conv3DTranspose', 'RandomHeight', 'RandomWidth', 'Resizing'];
  const broken = [...stockErrors].filter(([, error]) => error !== undefined);
  expect(broken.map(([className]) => className).sort(), JSON.stringify(broken)).toEqual(names);
});
