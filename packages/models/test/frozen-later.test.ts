/** Layers that are frozen after a method was applied: no method changes or drops them. */

import { defaultsOf, findMethod, methods, setTransform, targetedDropoutTransform } from '@winnow/baselines';
import { appliedTransform, applyTransform, fitCallbacks } from '@winnow/models';
import type { WeightTransform } from '@winnow/ops';
import { tf } from '@winnow/tensorflow';
import { describe, expect, it } from 'vitest';

const { layers } = tf;
const compile = (model: tf.LayersModel) =>
  model.compile({ loss: 'meanSquaredError', optimizer: tf.train.momentum(0.01, 0.9) });
const data = () => [tf.randomNormal([16, 8], 0, 1, 'float32', 1), tf.ones([16, 2])] as const;
const quiet = { verbose: 0, shuffle: false, batchSize: 4, epochs: 2 } as const;
const bits = (tensor: tf.Tensor) => [...tensor.dataSync()];

function network() {
  const model = tf.sequential({
    layers: [
      layers.dense({ units: 8, name: 'a', inputShape: [8] }),
      layers.dense({ units: 8, name: 'b' }),
      layers.dense({ units: 2, name: 'out' }),
    ],
  });
  compile(model);
  return model;
}

/** All that a step could change of a model and its method. */
function state(model: tf.LayersModel) {
  const { kernels = [], variables = [] } = appliedTransform(model) ?? {};
  const seen = kernels.map((kernel) => bits(appliedTransform(model)!.evaluated(kernel)));
  return [...model.getWeights(), ...variables.map(({ variable }) => variable)].map(bits).concat(seen);
}

const named = [...methods.keys(), 'l1+targeted-dropout', 'gradual-pruning+set'].filter((name) => name !== 'none');
const cases = named.flatMap((name) => findMethod(name).granularities.map((granularity) => ({ name, granularity })));

describe.each(cases)('$name, $granularity', ({ name, granularity }) => {
  const create = () => {
    const method = findMethod(name);
    return method.create(defaultsOf(method, granularity), { granularity, seed: 1, totalSteps: 8 }) as WeightTransform;
  };

  it('refuses a step of a layer that was frozen later, before anything has changed', async () => {
    const transform = create();
    const model = network();
    const applied = applyTransform(model, transform);
    expect(applied.kernels.map(({ path }) => path)).toEqual(['a/kernel', 'b/kernel']);
    model.getLayer('a').trainable = false;
    compile(model);
    const before = state(model);
    const says = `method '${transform.name}' acts on 'a/kernel', which this step does not train: frozen after`;
    const fit = model.fit(...data(), { ...quiet, callbacks: fitCallbacks(model) });
    await expect(fit).rejects.toThrow(`fitCallbacks: ${says}`);
    const [x] = data();
    const step = () => tf.variableGrads(() => tf.sum(model.apply(x, { training: true }) as tf.Tensor) as tf.Scalar);
    applied.step.set(0);
    expect(step).toThrow(`applyTransform: ${says}`);
    if (transform.afterStep) expect(() => applied.afterStep(tf.train.sgd(1))).toThrow(`applyTransform: ${says}`);
    expect(state(model)).toEqual(before);
  });

  it('leaves a layer alone that is frozen after bake()', async () => {
    const transform = create();
    const model = network();
    const applied = applyTransform(model, transform);
    await model.fit(...data(), { ...quiet, callbacks: fitCallbacks(model) });
    const seen = applied.kernels.map((kernel) => bits(applied.evaluated(kernel)));
    applied.bake();
    model.getLayer('a').trainable = false;
    compile(model);
    const again = applyTransform(model, create());
    expect(again.kernels.map(({ path }) => path)).toEqual(['b/kernel']);
    await model.fit(...data(), { ...quiet, callbacks: fitCallbacks(model) });
    expect(bits(model.getLayer('a').getWeights()[0]!)).toEqual(seen[0]);
    expect(bits(model.getLayer('b').getWeights()[0]!)).not.toEqual(seen[1]);
  });
});

it('refuses plain fit, which needs no callbacks for this method', async () => {
  const model = network();
  applyTransform(model, targetedDropoutTransform({ targetFraction: 0.5, dropRate: 0.5 }));
  model.getLayer('b').trainable = false;
  compile(model);
  await expect(model.fit(...data(), quiet)).rejects.toThrow("applyTransform: method 'targeted-dropout' acts on 'b/");
});

it('refuses what a frozen wrapper or model around holds, and what is not compiled since', async () => {
  const set = () => setTransform({ sparsity: 0.5, interval: 1, endStep: 10, seed: 1 });
  const inner = network();
  applyTransform(inner, set());
  const [low, high] = [tf.input({ shape: [8] }), tf.input({ shape: [8] })];
  const middle = tf.model({ inputs: low, outputs: inner.apply(low) as tf.SymbolicTensor });
  const top = layers.dense({ units: 2, name: 'top' });
  const outer = tf.model({ inputs: high, outputs: top.apply(middle.apply(high)) as tf.SymbolicTensor });
  middle.trainable = false;
  compile(outer);
  const fit = () => outer.fit(...data(), { ...quiet, callbacks: fitCallbacks(outer) });
  await expect(fit()).rejects.toThrow("fitCallbacks: method 'set' acts on 'a/kernel', 'b/kernel', which");
  middle.trainable = true;
  await expect(fit()).rejects.toThrow('or not compiled since');
  compile(outer);
  await fit();

  const each = layers.timeDistributed({ layer: layers.dense({ units: 8 }) as never, inputShape: [2, 8], name: 'each' });
  const wrapped = tf.sequential({ layers: [each, layers.flatten(), layers.dense({ units: 2 })] });
  applyTransform(wrapped, set());
  each.trainable = false;
  compile(wrapped);
  const both = wrapped.fit(tf.ones([4, 2, 8]), tf.ones([4, 2]), { ...quiet, callbacks: fitCallbacks(wrapped) });
  await expect(both).rejects.toThrow("acts on 'each/kernel', which");
});
