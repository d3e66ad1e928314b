/** What stock tfjs and a plain model compute of a trained model with a method: raw weights, until `bake()`. */

import type { io } from '@tensorflow/tfjs';
import { defaultsOf, findMethod, methods } from '@winnow/baselines';
import { appliedTransform, applyTransform, exportWeights, fitCallbacks, importWeights } from '@winnow/models';
import type { WeightTransform } from '@winnow/ops';
import { tf } from '@winnow/tensorflow';
import { describe, expect, it } from 'vitest';

const { layers } = tf;
/** Methods whose masks or gates make a difference after so few steps. They stay apart from the weights. */
const MASKED = new Set([
  ...['smallify', 'random-pruning', 'gradual-pruning', 'rigl', 'set', 'srigl', 'top-kast', 'snip', 'two-four'],
]);
const x = tf.randomNormal([16, 8], 0, 1, 'float32', 1);
const outputs = (model: tf.LayersModel) => [...(model.predict(x) as tf.Tensor).dataSync()];

function network() {
  const model = tf.sequential({
    layers: [
      layers.dense({
        units: 8,
        name: 'a',
        inputShape: [8],
        kernelInitializer: tf.initializers.glorotNormal({ seed: 1 }),
      }),
      layers.dense({ units: 2, name: 'out', kernelInitializer: tf.initializers.glorotNormal({ seed: 2 }) }),
    ],
  });
  model.compile({ loss: 'meanSquaredError', optimizer: tf.train.momentum(0.01, 0.9) });
  return model;
}

async function trained(transform: WeightTransform) {
  const model = network();
  applyTransform(model, transform);
  const options = { verbose: 0, shuffle: false, batchSize: 4, epochs: 3 } as const;
  await model.fit(x, tf.ones([16, 2]), { ...options, callbacks: fitCallbacks(model) });
  return model;
}

/** Of the saved model in stock tfjs, and of a plain model with the exported weights. */
async function elsewhere(model: tf.LayersModel) {
  let saved: io.ModelArtifacts = {};
  await model.save(
    tf.io.withSaveHandler(async (artifacts) => {
      saved = artifacts;
      return { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } };
    }),
  );
  const plain = network();
  importWeights(plain, exportWeights(model));
  return [outputs(await tf.loadLayersModel(tf.io.fromMemory(saved))), outputs(plain)];
}

const cases = [...methods.keys()]
  .filter((name) => name !== 'none')
  .flatMap((name) => findMethod(name).granularities.map((granularity) => ({ name, granularity })));

describe.each(cases)('$name, $granularity', ({ name, granularity }) => {
  const make = () => {
    const method = findMethod(name);
    return method.create(defaultsOf(method, granularity), { granularity, seed: 1, totalSteps: 12 }) as WeightTransform;
  };

  it('is saved and exported with raw weights, and after bake() with what evaluation sees', async () => {
    const model = await trained(make());
    const seen = outputs(model);
    const raw = await elsewhere(model);
    appliedTransform(model)!.bake();
    expect(outputs(model)).toEqual(seen);
    expect(await elsewhere(model)).toEqual([seen, seen]);

    const removed = await trained(make());
    appliedTransform(removed)!.remove();
    expect(raw).toEqual([outputs(removed), outputs(removed)]);
    const differs = String(raw[0]) !== String(seen);
    expect(differs).toBe(MASKED.has(name));
  });
});
