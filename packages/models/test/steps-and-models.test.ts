/** When a step begins, and transforms on models that share layers. */

import type { io } from '@tensorflow/tfjs';
import {
  fixedMaskTransform,
  l0Transform,
  l1Transform,
  riglTransform,
  targetedDropoutTransform,
} from '@winnow/baselines';
import { appliedTransform, applyTransform, fitCallbacks, loadModel, seedDropout } from '@winnow/models';
import type { WeightTransform } from '@winnow/ops';
import { tf } from '@winnow/tensorflow';
import { describe, expect, it } from 'vitest';

const { layers } = tf;

/** Notes the step of every kernel that it makes in training. */
function noting(): { transform: WeightTransform; steps: number[] } {
  const steps: number[] = [];
  const transform: WeightTransform = {
    name: 'noting',
    apply(kernel, { step, training }) {
      if (training) steps.push(step.dataSync()[0]!);
      return tf.mul(kernel, 1);
    },
    getConfig: () => ({}),
  };
  return { transform, steps };
}

const doubling: WeightTransform = { name: 'doubling', apply: (kernel) => tf.mul(kernel, 2), getConfig: () => ({}) };

function sequenceModel(steps: number | null = 5) {
  const twice = layers.dense({ units: 3, name: 'twice' });
  const input = tf.input({ shape: [steps, 3] });
  const shared = twice.apply(twice.apply(input)) as tf.SymbolicTensor;
  const each = layers.timeDistributed({ layer: layers.dense({ units: 3 }), name: 'each' }).apply(shared);
  const memory = layers.bidirectional({ layer: layers.gru({ units: 2 }) as never, mergeMode: 'concat', name: 'both' });
  const output = layers.dense({ units: 1, name: 'out' }).apply(memory.apply(each)) as tf.SymbolicTensor;
  const model = tf.model({ inputs: input, outputs: output });
  model.compile({ loss: 'meanSquaredError', optimizer: tf.train.adam(0.01) });
  return model;
}
const data = (count = 16) => [tf.randomNormal([count, 5, 3], 0, 1, 'float32', 1), tf.ones([count, 1])] as const;
const quiet = { verbose: 0, shuffle: false, batchSize: 4 } as const;

describe('the step', () => {
  it.each([5, null])(
    'advances once per batch under fit, with wrappers of %s steps and shared layers',
    async (length) => {
      const model = sequenceModel(length);
      const { transform, steps } = noting();
      const applied = applyTransform(model, transform, { include: ['**'] });
      await model.fit(...data(), { ...quiet, epochs: 2 });
      // Eight batches: steps 0 to 7, and all layers of a batch see the same one.
      expect(applied.step.value).toBe(7);
      expect([...new Set(steps)]).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
      expect(steps).toEqual([...steps].sort((a, b) => a - b));
    },
  );

  it('advances once per pass without gradients, too', () => {
    const model = sequenceModel(null);
    const { transform, steps } = noting();
    applyTransform(model, transform, { include: ['**'] });
    const [x] = data(2);
    for (let pass = 0; pass < 3; pass++) model.apply(x, { training: true });
    expect([...new Set(steps)]).toEqual([0, 1, 2]);
    expect(steps.filter((step) => step === 1)).toHaveLength(steps.length / 3);
  });

  it('is one for two runs of a model within one computation of gradients', () => {
    const model = sequenceModel();
    const { transform, steps } = noting();
    applyTransform(model, transform, { include: ['each'] });
    const [x] = data(2);
    const loss = () =>
      tf.add(
        tf.sum(model.apply(x, { training: true }) as tf.Tensor),
        tf.sum(model.apply(x, { training: true }) as tf.Tensor),
      ) as tf.Scalar;
    for (let i = 0; i < 2; i++) tf.dispose(tf.variableGrads(loss));
    expect(steps).toEqual([0, 0, 1, 1]);
  });

  it('leaves no tensor behind under fit', async () => {
    const model = sequenceModel();
    applyTransform(model, targetedDropoutTransform({ targetFraction: 0.5, dropRate: 0.5 }), { include: ['**'] });
    const [x, y] = data();
    await model.fit(x, y, quiet);
    const before = tf.memory().numTensors;
    await model.fit(x, y, quiet);
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('fitCallbacks', () => {
  it('adds a penalty to the loss, which stock tfjs computes alike with a regularizer', async () => {
    const make = (regularized: boolean) => {
      const regularizer = regularized ? { kernelRegularizer: tf.regularizers.l1({ l1: 0.1 }) } : {};
      const model = tf.sequential({
        layers: [
          layers.dense({
            units: 4,
            inputShape: [3],
            name: 'a',
            kernelInitializer: tf.initializers.glorotNormal({ seed: 1 }),
            ...regularizer,
          }),
          layers.dense({ units: 1, name: 'b', kernelInitializer: tf.initializers.glorotNormal({ seed: 2 }) }),
        ],
      });
      model.compile({ loss: 'meanSquaredError', optimizer: 'adam' });
      return model;
    };
    const [x, y] = [tf.randomNormal([8, 3], 0, 1, 'float32', 4), tf.ones([8, 1])];
    const stock = make(true);
    const ours = make(false);
    applyTransform(ours, l1Transform({ lambda: 0.1, reduction: 'sum' }));
    const [expected, got] = [
      await stock.fit(x, y, { ...quiet, epochs: 3 }),
      await ours.fit(x, y, { ...quiet, epochs: 3, callbacks: fitCallbacks(ours) }),
    ];
    for (const [i, loss] of got.history['loss']!.entries()) {
      expect(loss).toBeCloseTo(expected.history['loss']![i] as number, 5);
    }
    const [a, b] = [stock, ours].map((model) => [...model.getWeights()[0]!.dataSync()]);
    for (const [i, weight] of b!.entries()) expect(weight).toBeCloseTo(a![i]!, 5);
  });

  it('trains a method’s own variables, renews masks, goes on from fit to fit', async () => {
    const model = sequenceModel();
    const l0 = applyTransform(model, l0Transform({ lambda: 0.1 }), { include: ['**'] });
    const before = l0.variables.map(({ variable }) => variable.clone());
    await model.fit(...data(), { ...quiet, callbacks: fitCallbacks(model) });
    for (const [i, { variable }] of l0.variables.entries())
      expect([...variable.dataSync()]).not.toEqual([...before[i]!.dataSync()]);
    expect(l0.step.value).toBe(3);
    await model.fit(...data(), { ...quiet, callbacks: fitCallbacks(model) });
    expect(l0.step.value).toBe(7);
    l0.remove();

    const rigl = applyTransform(model, riglTransform({ sparsity: 0.5, interval: 2, endStep: 100 }), {
      include: ['**'],
    });
    const masks = rigl.variables.map(({ variable }) => [...variable.dataSync()]);
    await model.fit(...data(), { ...quiet, callbacks: fitCallbacks(model) });
    expect(rigl.variables.map(({ variable }) => [...variable.dataSync()])).not.toEqual(masks);
    // Without them, fit is refused before the first step, instead of training another method.
    const weights = model.getWeights().map((weight) => [...weight.dataSync()]);
    await expect(model.fit(...data(), quiet)).rejects.toThrow('give it fitCallbacks(model)');
    expect(model.getWeights().map((weight) => [...weight.dataSync()])).toEqual(weights);
    rigl.remove();
    const l1 = applyTransform(model, l1Transform({ lambda: 0.1 }));
    await expect(model.fit(...data(), quiet)).rejects.toThrow(
      "method 'l1' has a penalty, variables or masks of its own",
    );
    expect(model.getWeights().map((weight) => [...weight.dataSync()])).toEqual(weights);
    l1.remove();
  });

  it('leaves nothing behind after a fit that failed', async () => {
    const model = sequenceModel();
    applyTransform(model, l1Transform({ lambda: 0.1 }));
    const failing = { ...fitCallbacks(model), onEpochEnd: () => Promise.reject(new Error('mine')) };
    await expect(model.fit(...data(), { ...quiet, callbacks: failing })).rejects.toThrow('mine');
    await model.fit(...data(), { ...quiet, callbacks: fitCallbacks(model) });
    expect(Object.hasOwn((model as unknown as { model?: object }).model ?? model, 'calculateLosses')).toBe(false);
  });

  it('asks for a transform', () => {
    expect(() => fitCallbacks(sequenceModel())).toThrow('has no transform; apply one first');
  });
});

it('forgets what tf.train’s optimizers remember of replaced weights', () => {
  const model = tf.sequential({ layers: [layers.dense({ units: 12, inputShape: [20], useBias: false, name: 'a' })] });
  const options = { sparsity: 0.5, interval: 1, endStep: 9, fraction: 0.6, allocation: 'uniform' as const };
  for (const make of [
    () => tf.train.momentum(0.01, 0.9),
    () => tf.train.adam(0.01),
    () => tf.train.rmsprop(0.01, 0.9, 0.9),
  ]) {
    const applied = applyTransform(model, riglTransform(options), { include: ['a'] });
    const optimizer = make();
    const mask = applied.variables[0]!.variable;
    const x = tf.randomNormal([9, 20], 0, 1, 'float32', 2);
    const y = tf.randomNormal([9, 12], 0, 1, 'float32', 3);
    let old: number[] = [];
    for (const step of [0, 1, 2]) {
      old = [...mask.dataSync()];
      applied.step.set(step);
      optimizer.minimize(
        () => tf.losses.meanSquaredError(y, model.apply(x, { training: true }) as tf.Tensor) as tf.Scalar,
      );
      applied.afterStep(optimizer);
    }
    const replaced = [...mask.dataSync()].flatMap((kept, i) => (kept === old[i] ? [] : [i]));
    expect(replaced.length).toBeGreaterThan(0);
    const slots = Object.values(optimizer)
      .filter(Array.isArray)
      .flatMap((list) => list.filter((slot) => slot?.variable));
    expect(slots.length).toBeGreaterThan(0);
    for (const { variable } of slots) {
      const values = variable.dataSync();
      expect(replaced.map((i) => values[i])).toEqual(replaced.map(() => 0));
      expect(values.some((value: number) => value !== 0)).toBe(true);
    }
    applied.remove();
  }
});

describe('models that share layers', () => {
  function nested() {
    const inner = tf.sequential({
      name: 'inner',
      layers: [
        layers.dense({ units: 6, inputShape: [5], name: 'a' }),
        layers.dense({ units: 6, name: 'b' }),
        layers.dense({ units: 4, name: 'c' }),
      ],
    });
    const outer = tf.sequential({
      layers: [inner, layers.dense({ units: 4, name: 'mid' }), layers.dense({ units: 1, name: 'out' })],
    });
    return { inner, outer };
  }
  async function saved(model: tf.LayersModel) {
    let artifacts: io.ModelArtifacts | undefined;
    await model.save(
      tf.io.withSaveHandler(async (made) => {
        artifacts = made;
        return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } };
      }),
    );
    return tf.io.fromMemory(artifacts!);
  }

  it('are refused a second transform on one layer, and come clean when the first is removed', () => {
    const { inner, outer } = nested();
    const x = tf.ones([1, 5]);
    const raw = [...(outer.predict(x) as tf.Tensor).dataSync()];
    const first = applyTransform(inner, doubling);
    expect(() => applyTransform(outer, doubling)).toThrow(
      "applyTransform: the layer of 'inner/a/kernel' has method 'doubling' already, through model 'inner'; " +
        'remove() that first',
    );
    // Nothing has changed: the first still acts, once.
    const twice = [...(outer.predict(x) as tf.Tensor).dataSync()];
    expect(twice).not.toEqual(raw);
    const mine = applyTransform(outer, doubling, { include: ['mid'] });
    first.remove();
    mine.remove();
    expect([...(outer.predict(x) as tf.Tensor).dataSync()]).toEqual(raw);
    for (const layer of inner.layers) expect(Object.hasOwn(layer, 'call')).toBe(false);
    applyTransform(outer, doubling).remove();
  });

  it('save the transform of the inner model with the outer one; stock tfjs loads it', async () => {
    const { inner, outer } = nested();
    const applied = applyTransform(inner, riglTransform({ sparsity: 0.5, endStep: 10 }));
    expect(appliedTransform(outer)).toBe(applied);
    const x = tf.randomNormal([2, 5], 0, 1, 'float32', 3);
    const expected = [...(outer.predict(x) as tf.Tensor).dataSync()];
    const artifacts = await saved(outer);
    const loaded = await loadModel(artifacts);
    expect(appliedTransform(loaded)!.kernels.map(({ path }) => path)).toEqual(['inner/a/kernel', 'inner/b/kernel']);
    expect([...(loaded.predict(x) as tf.Tensor).dataSync()]).toEqual(expected);
    const masks = (of: typeof applied) => of.variables.map(({ variable }) => [...variable.dataSync()]);
    expect(masks(appliedTransform(loaded)!)).toEqual(masks(applied));
    const stock = await tf.loadLayersModel(artifacts);
    expect([...stock.getWeights()[0]!.dataSync()]).toEqual([...inner.getWeights()[0]!.dataSync()]);
    applyTransform(outer, doubling, { include: ['mid'] });
    await expect(saved(outer)).rejects.toThrow(
      "save: one model can be saved with one method, got 'rigl' and 'doubling'",
    );
  });

  it('are left as they were by a transform that is none, or that fails', () => {
    const { inner } = nested();
    const x = tf.ones([1, 5]);
    const applied = applyTransform(inner, doubling);
    const before = [...(inner.predict(x) as tf.Tensor).dataSync()];
    const tensors = tf.memory().numTensors;
    expect(() => applyTransform(inner, { sparsity: 0.5 } as never)).toThrow(
      new TypeError('applyTransform: transform must have name, apply and getConfig, got {sparsity}'),
    );
    expect(() => applyTransform(inner, undefined as never)).toThrow(TypeError);
    const failing: WeightTransform = {
      ...fixedMaskTransform(),
      variables({ path, kernel }) {
        if (path.startsWith('b')) throw new Error('mine');
        return { mask: { initial: tf.onesLike(kernel) } };
      },
    };
    expect(tf.memory().numTensors).toBe(tensors);
    expect(appliedTransform(inner)).toBe(applied);
    expect([...(inner.predict(x) as tf.Tensor).dataSync()]).toEqual(before);
    applied.remove();
    const untouched = tf.memory().numTensors;
    expect(() => applyTransform(inner, failing)).toThrow('mine');
    expect(tf.memory().numTensors).toBe(untouched);
    expect(appliedTransform(inner)).toBeUndefined();
  });

  it('never change or drop frozen weights, and say what is frozen later', async () => {
    const { inner } = nested();
    inner.getLayer('a').trainable = false;
    inner.compile({ loss: 'meanSquaredError', optimizer: 'adam' });
    const frozen = [...inner.getLayer('a').getWeights()[0]!.dataSync()];
    const applied = applyTransform(inner, riglTransform({ sparsity: 0.5, interval: 1, endStep: 9 }));
    expect(applied.kernels.map(({ path }) => path)).toEqual(['b/kernel']);
    expect(applied.skipped[0]).toEqual({ path: 'a/kernel', why: 'frozen: the model does not train it' });
    await inner.fit(tf.ones([8, 5]), tf.ones([8, 4]), { ...quiet, callbacks: fitCallbacks(inner) });
    expect([...inner.getLayer('a').getWeights()[0]!.dataSync()]).toEqual(frozen);
    inner.getLayer('b').trainable = false;
    inner.compile({ loss: 'meanSquaredError', optimizer: 'adam' });
    const fit = inner.fit(tf.ones([8, 5]), tf.ones([8, 4]), { ...quiet, callbacks: fitCallbacks(inner) });
    await expect(fit).rejects.toThrow("method 'rigl' acts on 'b/kernel', which this step does not train: frozen");
  });
});

describe('seedDropout', () => {
  function noisy() {
    return tf.sequential({
      layers: [
        layers.timeDistributed({ layer: layers.dropout({ rate: 0.5 }) as never, inputShape: [6, 40], name: 'each' }),
        layers.spatialDropout1d({ rate: 0.5, name: 'spatial' } as never),
        layers.gaussianNoise({ stddev: 0.5, name: 'noise' }),
        layers.gaussianDropout({ rate: 0.3, name: 'gaussian' }),
        layers.alphaDropout({ rate: 0.3, name: 'alpha' }),
        layers.lstm({ units: 4, dropout: 0.3, recurrentDropout: 0.3, returnSequences: true, name: 'lstm' }),
      ],
    });
  }
  const output = (model: tf.LayersModel, upTo: number) => {
    const part = tf.model({ inputs: model.inputs, outputs: model.layers[upTo]!.output as tf.SymbolicTensor });
    return (part.apply(tf.ones([3, 6, 40]), { training: true }) as tf.Tensor).dataSync();
  };

  it('makes every kind of noise repeatable, a new one in each step', () => {
    const [a, b] = [noisy(), noisy()];
    b.setWeights(a.getWeights());
    const seeds = [a, b].map((model) => seedDropout(model, 7));
    expect(seeds[0]!.layers).toEqual(['each', 'spatial', 'noise', 'gaussian', 'alpha', 'lstm']);
    expect(seeds[0]!.unseeded).toEqual([]);
    for (let layer = 0; layer < 6; layer++) {
      const at = (model: number, step: number) => {
        seeds[model]!.step.set(step);
        return [...output([a, b][model]!, layer)];
      };
      const first = at(0, 3);
      expect(at(1, 3), a.layers[layer]!.name).toEqual(first);
      expect(at(0, 3)).toEqual(first);
      expect(at(0, 4)).not.toEqual(first);
    }
  });

  it('draws another mask for every step of a sequence, one for a channel, and the published moments', () => {
    const model = noisy();
    seedDropout(model, 7).step.set(0);
    const each = output(model, 0);
    const stepOf = (example: number, step: number) => [
      ...each.slice((example * 6 + step) * 40, (example * 6 + step + 1) * 40),
    ];
    expect(stepOf(0, 0)).not.toEqual(stepOf(0, 1));
    const alone = (layer: tf.layers.Layer) => {
      const net = tf.sequential({ layers: [layer] });
      seedDropout(net, 3);
      return net.apply(tf.ones([8, 50, 40]), { training: true }) as tf.Tensor;
    };
    const spatial = alone(layers.spatialDropout1d({ rate: 0.5, inputShape: [50, 40] } as never));
    // All steps of a channel fall together.
    expect([...tf.max(spatial, 1).dataSync()]).toEqual([...tf.min(spatial, 1).dataSync()]);
    const moments = (values: tf.Tensor) => {
      const { mean, variance } = tf.moments(values);
      return [mean.dataSync()[0]!, Math.sqrt(variance.dataSync()[0]!)];
    };
    const [mean, deviation] = moments(alone(layers.gaussianDropout({ rate: 0.2, inputShape: [50, 40] })));
    expect(mean).toBeCloseTo(1, 1);
    expect(deviation).toBeCloseTo(0.5, 1);
    expect(moments(alone(layers.gaussianNoise({ stddev: 0.5, inputShape: [50, 40] })))[1]).toBeCloseTo(0.5, 1);
    const net = tf.sequential({ layers: [layers.alphaDropout({ rate: 0.3, inputShape: [50, 40] })] });
    seedDropout(net, 3);
    const normal = tf.randomNormal([8, 50, 40], 0, 1, 'float32', 5);
    // It keeps mean and variance of a standard normal.
    const [kept, spread] = moments(net.apply(normal, { training: true }) as tf.Tensor);
    expect(Math.abs(kept!)).toBeLessThan(0.05);
    expect(spread).toBeCloseTo(1, 1);
  });

  it('lists what it cannot seed', () => {
    class Own extends tf.layers.Layer {
      static className = 'StepsOwn';
    }
    const Dropout = Object.getPrototypeOf(layers.dropout({ rate: 0 })).constructor as new (
      args: object,
    ) => tf.layers.Layer;
    class OwnDropout extends Dropout {
      static className = 'StepsOwnDropout';
    }
    const model = tf.sequential({
      layers: [new Own({ inputShape: [3], name: 'own' }), new OwnDropout({ rate: 0.5, name: 'mine' })],
    });
    expect(seedDropout(model, 1)).toMatchObject({
      layers: [],
      unseeded: [
        { path: 'own', why: 'StepsOwn is no stock layer: it may draw random numbers' },
        { path: 'mine', why: 'StepsOwnDropout is a subclass of Dropout, which may compute anything' },
      ],
    });
  });
});
