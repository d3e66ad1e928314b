/** `sgd` and `adam` where tfjs expects a `tf.Optimizer`: compile, fit, minimize, saving. */

import { adam, sgd } from '@winnow/ops';
import { tf } from '@winnow/tensorflow';
import { expect, it } from 'vitest';
import { onEveryBackend } from './backends.js';

function network(): tf.LayersModel {
  const layer = (units: number, seed: number, rest: object) =>
    tf.layers.dense({ units, kernelInitializer: tf.initializers.glorotUniform({ seed }), ...rest });
  return tf.sequential({ layers: [layer(5, 1, { inputShape: [3], activation: 'tanh' }), layer(1, 2, {})] });
}
const x = () => tf.linspace(-1, 1, 24).reshape([8, 3]);
const y = () => tf.linspace(0, 1, 8).reshape([8, 1]);
const weights = (model: tf.LayersModel) => model.getWeights().flatMap((weight) => [...weight.dataSync()]);

async function fitted(optimizer: tf.Optimizer, epochs = 5): Promise<number[]> {
  const model = network();
  model.compile({ optimizer, loss: 'meanSquaredError' });
  await model.fit(x(), y(), { epochs, batchSize: 8, shuffle: false, verbose: 0 });
  return weights(model);
}

onEveryBackend('an optimizer of Winnow in stock tfjs', () => {
  it.each([
    ['sgd', () => sgd(0.1), () => tf.train.sgd(0.1)],
    ['momentum', () => sgd(0.1, { momentum: 0.9 }), () => tf.train.momentum(0.1, 0.9)],
    ['adam', () => adam({ learningRate: 0.01, epsilon: 1e-8 }), () => tf.train.adam(0.01, 0.9, 0.999, 1e-8)],
  ])('fit follows the stock optimizer: %s', async (_, ours, stock) => {
    const [got, expected] = [await fitted(ours()), await fitted(stock())];
    for (const [i, value] of got.entries()) expect(value).toBeCloseTo(expected[i]!, 5);
    expect(got).not.toEqual(weights(network()));
  });

  it('minimize moves the variables and returns the cost', () => {
    const variable = tf.variable(tf.scalar(3));
    const optimizer = sgd(0.25);
    const cost = optimizer.minimize(() => tf.square(variable) as tf.Scalar, true);
    expect(cost!.dataSync()[0]).toBe(9);
    expect(variable.dataSync()[0]).toBe(1.5);
    expect(optimizer.iterations).toBe(1);
    expect(() => sgd({ momentum: 0.5 }).minimize(() => tf.square(variable) as tf.Scalar)).toThrow(
      'sgd: learningRate must be given for compile and minimize, as in sgd(0.1), got undefined',
    );
    variable.dispose();
  });

  it('a model saved with its optimizer goes on as if it had not been saved', async () => {
    for (const make of [() => adam(0.05, { beta1: 0.8 }), () => sgd(0.1, { momentum: 0.9, nesterov: true })]) {
      const whole = await fitted(make(), 6);
      const model = network();
      model.compile({ optimizer: make(), loss: 'meanSquaredError' });
      const fit = { epochs: 3, batchSize: 8, shuffle: false, verbose: 0 } as const;
      await model.fit(x(), y(), fit);
      let saved: Parameters<typeof tf.io.fromMemory>[0] | undefined;
      const handler = tf.io.withSaveHandler(async (artifacts) => {
        saved = artifacts;
        return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } };
      });
      await model.save(handler, { includeOptimizer: true });
      const loaded = await tf.loadLayersModel(tf.io.fromMemory(saved!));
      expect(loaded.optimizer.getClassName()).toBe(model.optimizer.getClassName());
      expect(loaded.optimizer.getConfig()).toEqual(model.optimizer.getConfig());
      await loaded.fit(x(), y(), fit);
      expect(weights(loaded)).toEqual(whole);
    }
  });

  it('refuses what it cannot do by name', async () => {
    expect(() => sgd({ momentun: 0.9 } as object)).toThrow("sgd: options has no 'momentun'; did you mean 'momentum'?");
    expect(() => adam({ momentum: 0.9 } as object)).toThrow("adam: options has no 'momentum'; the options are beta1");
    expect(() => sgd(-1)).toThrow('sgd: learningRate must be in [0, Infinity), got -1');
    expect(() => sgd('0.1' as unknown as number)).toThrow("sgd: options must be an object, got '0.1'");
    expect(() => sgd(0.1, { decayed: () => true }).getConfig()).toThrow("with a function 'decayed' cannot be saved");
    const optimizer = adam(0.1);
    await expect(optimizer.setWeights([])).rejects.toThrow('adam: weights must be what getWeights gave');
  });
});
