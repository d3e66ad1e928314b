/** Pruning on every kind of layer, frozen layers and nested models; and that what is pruned stays pruned. */

import { l1Transform, riglTransform, targetedDropoutTransform } from '@winnow/baselines';
import { appliedTransform, applyTransform, fitCallbacks, modelKernels } from '@winnow/models';
import { tf } from '@winnow/tensorflow';
import { iterativePruning, prune, prunedKernels } from '@winnow/training';
import { describe, expect, it } from 'vitest';

const { layers } = tf;
const quiet = { verbose: 0, batchSize: 4 } as const;
const valuesOf = (tensor: tf.Tensor) => [...tensor.dataSync()];
const zerosOf = (tensor: tf.Tensor) => valuesOf(tensor).filter((value) => value === 0).length;

function only(layer: tf.layers.Layer, shape: number[], values: number[][]): tf.LayersModel {
  const input = tf.input({ shape });
  const model = tf.model({ inputs: input, outputs: layer.apply(input) as tf.SymbolicTensor });
  modelKernels(model).forEach(({ variable }, i) => void variable.assign(tf.tensor(values[i]!, variable.shape)));
  return model;
}

describe('units and fan-in are those of the layer’s formula', () => {
  it('of a depthwise convolution: every channel’s filters are units of their own', () => {
    // [2, 1, 2 channels, 2 filters]: unit (c, m) has the weights [0, 0, c, m] and [1, 0, c, m].
    const layer = layers.depthwiseConv2d({ kernelSize: [2, 1], depthMultiplier: 2, useBias: false, name: 'x' });
    const model = only(layer, [4, 4, 2], [[1, -8, 3, 4, 5, 6, -2, 9]]);
    const include = ['**'];
    prune(model, { sparsity: 0.5, include });
    // In each of the columns (1, 5), (−8, 6), (3, −2), (4, 9) the smaller one falls.
    expect(valuesOf(modelKernels(model)[0]!.variable)).toEqual([0, -8, 3, 0, 5, 0, 0, 9]);
    const units = only(
      layers.depthwiseConv2d({ kernelSize: [2, 1], depthMultiplier: 2, name: 'x' }),
      [4, 4, 2],
      [[1, -8, 3, 4, 5, 6, -2, 9]],
    );
    prune(units, { sparsity: 0.5, granularity: 'unit', include });
    // Norms √26, 10, √13, √97: the first and the third fall.
    expect(valuesOf(modelKernels(units)[0]!.variable)).toEqual([0, -8, 0, 4, 0, 6, 0, 9]);
  });

  it('of a transposed convolution: the axis before the last', () => {
    // [1, 1, 2 units, 3 channels]
    const make = () =>
      only(layers.conv2dTranspose({ filters: 2, kernelSize: 1, name: 'x' }), [4, 4, 3], [[1, -5, 3, 4, 2, -6]]);
    const weights = make();
    prune(weights, { sparsity: 2 / 3, include: ['**'] });
    expect(valuesOf(modelKernels(weights)[0]!.variable)).toEqual([0, -5, 0, 0, 0, -6]);
    const units = make();
    prune(units, { sparsity: 0.5, granularity: 'unit', include: ['**'] });
    // Norms √35 and √56.
    expect(valuesOf(modelKernels(units)[0]!.variable)).toEqual([0, 0, 0, 4, 2, -6]);
  });

  it('of a recurrent layer: every gate of a unit is a column, in both kernels', () => {
    const model = only(
      layers.simpleRNN({ units: 2, useBias: false, name: 'x' }),
      [3, 2],
      [
        [1, 2, -3, 0.5],
        [4, -1, 2, 5],
      ],
    );
    const pruned = prune(model, { sparsity: 0.5, include: ['x'] });
    expect(pruned).toEqual([
      { path: 'x/kernel', weights: 4, kept: 2 },
      { path: 'x/recurrent_kernel', weights: 4, kept: 2 },
    ]);
    expect(modelKernels(model).map(({ variable }) => valuesOf(variable))).toEqual([
      [0, 2, -3, 0],
      [4, 0, 0, 5],
    ]);
  });

  it('with a method’s own target, too', () => {
    const make = () =>
      only(layers.conv2dTranspose({ filters: 2, kernelSize: 1, name: 'x' }), [4, 4, 3], [[1, -5, 3, 4, 2, -6]]);
    const model = make();
    applyTransform(model, targetedDropoutTransform({ targetFraction: 2 / 3, dropRate: 0.5 }), { include: ['x'] });
    prune(model, { sparsity: 'target' });
    expect(valuesOf(modelKernels(model)[0]!.variable)).toEqual([0, -5, 0, 0, 0, -6]);
  });
});

function trainable(frozen = false) {
  const model = tf.sequential({
    layers: [
      layers.lstm({ units: 8, inputShape: [5, 8], name: 'memory' }),
      layers.dense({ units: 8, activation: 'relu', name: 'hidden' }),
      layers.dense({ units: 1, name: 'out' }),
    ],
  });
  if (frozen) model.getLayer('memory').trainable = false;
  model.compile({ loss: 'meanSquaredError', optimizer: 'adam' });
  return model;
}
const data = () =>
  [tf.randomNormal([16, 5, 8], 0, 1, 'float32', 2), tf.randomNormal([16, 1], 0, 1, 'float32', 3)] as const;
const shares = (model: tf.LayersModel) =>
  prunedKernels(model).kernels.map(({ variable }) => zerosOf(variable) / variable.size);

describe('frozen layers', () => {
  it('are not pruned, and are listed', () => {
    const model = trainable(true);
    const before = valuesOf(model.getLayer('memory').getWeights()[0]!);
    expect(prune(model, { sparsity: 0.5 }).map(({ path }) => path)).toEqual(['hidden/kernel']);
    expect(valuesOf(model.getLayer('memory').getWeights()[0]!)).toEqual(before);
    const why = 'frozen: the model does not train it';
    expect(prunedKernels(model).skipped).toEqual([
      { path: 'memory/kernel', why },
      { path: 'memory/recurrent_kernel', why },
      { path: 'out/kernel', why: 'the last layer before an output' },
    ]);
    expect(() => prune(model, { sparsity: 0.5, include: ['memory'] })).toThrow(`memory/kernel: ${why}`);
  });

  it('stay whole if they were frozen after the transform was applied', () => {
    const model = trainable();
    applyTransform(model, targetedDropoutTransform({ targetFraction: 0.5, dropRate: 0.5 }));
    model.getLayer('memory').trainable = false;
    expect(prune(model, { sparsity: 'target' }).map(({ path }) => path)).toEqual(['hidden/kernel']);
    model.getLayer('hidden').trainable = false;
    expect(() => prune(model, { sparsity: 'target' })).toThrow('all are frozen');
  });
});

describe('pruned stays pruned', () => {
  it('with keep, under fit, with what an optimizer remembers, and in the saved weights', async () => {
    const model = trainable();
    const [x, y] = data();
    // Momenta that would move cut weights.
    await model.fit(x, y, { ...quiet, epochs: 2 });
    prune(model, { sparsity: 0.75, keep: true });
    expect(shares(model)).toEqual([0.75, 0.75, 0.75]);
    await model.fit(x, y, { ...quiet, epochs: 2, callbacks: fitCallbacks(model) });
    expect(shares(model)).toEqual([0.75, 0.75, 0.75]);
    // Without the callbacks it is refused, not forgotten.
    await expect(model.fit(x, y, quiet)).rejects.toThrow("method 'fixed-mask'");
    prune(model, { sparsity: 0.875, keep: true, exclude: ['memory'] });
    await model.fit(x, y, { ...quiet, callbacks: fitCallbacks(model) });
    appliedTransform(model)!.remove();
    expect(shares(model)).toEqual([0.75, 0.75, 0.875]);
  });

  it('in a loop of one’s own', () => {
    const model = trainable();
    const [x, y] = data();
    prune(model, { sparsity: 0.5, keep: true });
    const applied = appliedTransform(model)!;
    const optimizer = tf.train.momentum(0.1, 0.9);
    for (let step = 0; step < 4; step++) {
      applied.step.set(step);
      optimizer.minimize(
        () => tf.losses.meanSquaredError(y, model.apply(x, { training: true }) as tf.Tensor) as tf.Scalar,
      );
      applied.afterStep(optimizer);
    }
    expect(shares(model)).toEqual([0.5, 0.5, 0.5]);
  });

  it('without keep it does not, which is why there is keep', async () => {
    const model = trainable();
    prune(model, { sparsity: 0.75 });
    await model.fit(...data(), { ...quiet, epochs: 2 });
    expect(Math.max(...shares(model))).toBeLessThan(0.75);
  });

  it('is refused before anything is cut where another method is at work', () => {
    const model = trainable();
    applyTransform(model, l1Transform({ lambda: 0.1 }));
    expect(() => prune(model, { sparsity: 0.5, keep: true })).toThrow("prune: keep cannot go with method 'l1'");
    expect(shares(model)).toEqual([0, 0, 0]);
  });
});

describe('nested models', () => {
  const nested = () => {
    const inner = tf.sequential({
      name: 'inner',
      layers: [layers.dense({ units: 6, inputShape: [5], name: 'a' }), layers.dense({ units: 4, name: 'b' })],
    });
    return { inner, outer: tf.sequential({ layers: [inner, layers.dense({ units: 2, name: 'out' })] }) };
  };

  it('are pruned to the target of the inner model’s method, by the outer one’s paths', () => {
    const { inner, outer } = nested();
    applyTransform(inner, targetedDropoutTransform({ targetFraction: 0.6, dropRate: 0.5 }));
    expect(prune(outer, { sparsity: 'target' })).toEqual([{ path: 'inner/a/kernel', weights: 30, kept: 12 }]);
  });

  it('rank each kernel as its own method has it', () => {
    const { inner, outer } = nested();
    const rigl = applyTransform(inner, riglTransform({ sparsity: 0.5, endStep: 9, allocation: 'uniform' }));
    const mask = valuesOf(rigl.variables[0]!.variable);
    prune(outer, { sparsity: 0.5, include: ['inner/a', 'out'] });
    expect(valuesOf(rigl.kernels[0]!.variable).map((value) => Number(value !== 0))).toEqual(mask);
  });
});

describe('iterativePruning', () => {
  it('trains under fit, on recurrent layers, too', async () => {
    const model = trainable();
    const train = async (round: number) => {
      const callbacks = round === 0 ? {} : { callbacks: fitCallbacks(model) };
      await model.fit(...data(), { ...quiet, ...callbacks });
    };
    await iterativePruning(model, { sparsity: 0.75, rounds: 2, train });
    expect(shares(model)).toEqual([0.75, 0.75, 0.75]);
  });

  it('does not take a kept weight that happens to be zero for a pruned one', async () => {
    const model = tf.sequential({
      layers: [layers.dense({ units: 1, inputShape: [4], useBias: false, name: 'a' })],
    });
    const kernel = modelKernels(model)[0]!.variable;
    kernel.assign(tf.tensor2d([[0], [0], [0], [5]]));
    const seen: number[][] = [];
    const train = async (round: number) => {
      const applied = appliedTransform(model);
      if (round === 0 || applied === undefined) return;
      seen.push(valuesOf(applied.variables[0]!.variable));
      // A step that gives every weight that is left a value.
      kernel.assign(tf.mul(tf.tensor2d([[1], [2], [3], [4]]), applied.variables[0]!.variable));
    };
    await iterativePruning(model, { sparsity: 0.5, rounds: 2, include: ['a'], train });
    // 29 % of four are one, then two: the first, which ties with the zeros after it, and then the lowest of those left.
    expect(seen).toEqual([
      [0, 1, 1, 1],
      [0, 0, 1, 1],
    ]);
    expect(valuesOf(kernel)).toEqual([0, 0, 3, 4]);
  });

  it('leaves a method of the user’s alone, and finds out when its own is taken away', async () => {
    const model = trainable();
    const applied = applyTransform(model, targetedDropoutTransform({ targetFraction: 0.5, dropRate: 0.5 }));
    let calls = 0;
    const train = async () => void calls++;
    await expect(iterativePruning(model, { sparsity: 0.5, rounds: 1, train })).rejects.toThrow(
      "iterativePruning: the model has method 'targeted-dropout'",
    );
    expect(calls).toBe(0);
    expect(appliedTransform(model)).toBe(applied);
    applied.remove();
    const removing = async (round: number) => {
      if (round === 1) appliedTransform(model)!.remove();
    };
    await expect(iterativePruning(model, { sparsity: 0.5, rounds: 1, train: removing })).rejects.toThrow(
      'iterativePruning: train(1) has removed or replaced the mask',
    );
  });
});

it.each(['include', 'exclude', 'custom'])(
  'refuses null for %s, with a method and without, and changes nothing',
  (key) => {
    for (const transformed of [false, true]) {
      const model = tf.sequential({
        layers: [tf.layers.dense({ units: 3, inputShape: [2], name: 'x' }), tf.layers.dense({ units: 1 })],
      });
      if (transformed) applyTransform(model, targetedDropoutTransform({ targetFraction: 0.5, dropRate: 0.5 }));
      const before = model.getWeights().map((weight) => [...weight.dataSync()]);
      expect(() => prune(model, { sparsity: 0.5, [key]: null } as never)).toThrow(new RegExp(`^prune: ${key} must be`));
      expect(model.getWeights().map((weight) => [...weight.dataSync()])).toEqual(before);
    }
  },
);
