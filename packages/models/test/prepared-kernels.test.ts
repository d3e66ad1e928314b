import { targetedDropoutTransform } from '@winnow/baselines';
import { appliedTransform, applyTransform, modelKernels } from '@winnow/models';
import type { WeightTransform } from '@winnow/ops';
import { tf } from '@winnow/tensorflow';
import { describe, expect, it } from 'vitest';

const options = { targetFraction: 0.6, dropRate: 0.5, seed: 3, rescale: true };

/** The same method with and without `prepare`. */
function pair(): { together: WeightTransform; apart: WeightTransform } {
  const together = targetedDropoutTransform(options);
  const { prepare: _, ...apart } = targetedDropoutTransform(options);
  return { together, apart };
}

/** Layers in a nested model, one that is used twice, one in a wrapper. */
function model(): tf.LayersModel {
  const inner = tf.sequential({ name: 'inner' });
  inner.add(tf.layers.conv2d({ filters: 6, kernelSize: 3, inputShape: [8, 8, 2], name: 'conv', activation: 'relu' }));
  inner.add(tf.layers.flatten());
  const input = tf.input({ shape: [8, 8, 2] });
  let x = inner.apply(input) as tf.SymbolicTensor;
  x = tf.layers.dense({ units: 12, name: 'first' }).apply(x) as tf.SymbolicTensor;
  const twice = tf.layers.dense({ units: 12, name: 'twice' });
  x = twice.apply(twice.apply(x)) as tf.SymbolicTensor;
  x = tf.layers.reshape({ targetShape: [3, 4] }).apply(x) as tf.SymbolicTensor;
  const wrapped = tf.layers.dense({ units: 5, name: 'wrapped' });
  x = tf.layers.timeDistributed({ layer: wrapped, name: 'each' }).apply(x) as tf.SymbolicTensor;
  x = tf.layers.flatten().apply(x) as tf.SymbolicTensor;
  return tf.model({
    inputs: input,
    outputs: tf.layers.dense({ units: 3, name: 'out' }).apply(x) as tf.SymbolicTensor,
  });
}

const images = () => tf.randomNormal([4, 8, 8, 2], 0, 1, 'float32', 5);

function gradients(of: tf.LayersModel, step: { set(step: number): void }, at: number): Map<string, number[]> {
  const result = new Map<string, number[]>();
  tf.tidy(() => {
    step.set(at);
    const loss = () => tf.sum(tf.square(of.apply(images(), { training: true }) as tf.Tensor)) as tf.Scalar;
    const { value, grads } = tf.variableGrads(loss);
    for (const { path, variable } of modelKernels(of)) {
      result.set(path, [...(grads[variable.name] as tf.Tensor).dataSync()]);
    }
    result.set('loss', [...value.dataSync()]);
  });
  return result;
}

describe('a transform that prepares all kernels', () => {
  it('has the same loss and gradients as one that does not, for every variable', () => {
    const network = model();
    const { together, apart } = pair();
    const selection = { include: ['**'] };
    const one = applyTransform(network, apart, selection);
    const expected = [0, 1, 2].map((at) => gradients(network, one.step, at));
    one.remove();
    const { step } = applyTransform(network, together, selection);
    for (const at of [0, 1, 2]) expect(gradients(network, step, at)).toEqual(expected[at]);
  });

  it('prepares once in each pass of training, never in evaluation', () => {
    const network = model();
    let calls = 0;
    const { together } = pair();
    const counting: WeightTransform = {
      ...together,
      prepare(kernels, context) {
        calls++;
        expect(context.training).toBe(true);
        return together.prepare!(kernels, context);
      },
    };
    const { step } = applyTransform(network, counting, { include: ['**'] });
    tf.tidy(() => void network.apply(images(), { training: false }));
    tf.tidy(() => void network.predict(images()));
    expect(calls).toBe(0);
    for (let at = 0; at < 5; at++) gradients(network, step, at);
    expect(calls).toBe(5);
  });

  it('reuses nothing from a pass that ended early', () => {
    const network = model();
    const { together, apart } = pair();
    const one = applyTransform(network, apart, { include: ['**'] });
    const expected = gradients(network, one.step, 7);
    one.remove();
    const { step } = applyTransform(network, together, { include: ['**'] });
    step.set(7);
    const first = network.getLayer('inner') as tf.LayersModel;
    const early = () =>
      tf.tidy(() => {
        first.apply(images(), { training: true });
        throw new Error('early');
      });
    expect(early).toThrow('early');
    expect(() => tf.variableGrads(early as () => tf.Scalar)).toThrow('early');
    expect(gradients(network, step, 7)).toEqual(expected);
    // The same step with other weights: nothing of the old ones may be used.
    step.set(7);
    expect(early).toThrow('early');
    for (const { variable } of modelKernels(network)) variable.assign(tf.mul(variable, 2));
    const doubled = gradients(network, step, 7);
    appliedTransform(network)!.remove();
    expect(doubled).toEqual(gradients(network, applyTransform(network, apart, { include: ['**'] }).step, 7));
    expect(doubled).not.toEqual(expected);
  });

  it('works in fit and frees what it made', async () => {
    const weights = async (transform: WeightTransform) => {
      const network = tf.sequential({
        layers: [
          tf.layers.dense({
            units: 20,
            inputShape: [10],
            name: 'a',
            kernelInitializer: tf.initializers.glorotNormal({ seed: 1 }),
          }),
          tf.layers.dense({ units: 4, name: 'b', kernelInitializer: tf.initializers.glorotNormal({ seed: 2 }) }),
        ],
      });
      const applied = applyTransform(network, transform, { include: ['**'] });
      network.compile({ optimizer: tf.train.sgd(0.1), loss: 'meanSquaredError' });
      const [x, y] = [tf.randomNormal([32, 10], 0, 1, 'float32', 3), tf.randomNormal([32, 4], 0, 1, 'float32', 4)];
      await network.fit(x, y, { epochs: 1, batchSize: 8, shuffle: false, verbose: 0 });
      const before = tf.memory().numTensors;
      await network.fit(x, y, { epochs: 2, batchSize: 8, shuffle: false, verbose: 0 });
      expect(tf.memory().numTensors).toBe(before);
      applied.remove();
      return network.getWeights().map((weight) => [...weight.dataSync()]);
    };
    const { together, apart } = pair();
    expect(await weights(together)).toEqual(await weights(apart));
  });

  it('leaves no tensor behind, even if a pass ends early', () => {
    const network = model();
    const x = images();
    const before = tf.memory().numTensors;
    const applied = applyTransform(network, pair().together, { include: ['**'] });
    const pass = () => tf.tidy(() => void network.apply(x, { training: true }));
    for (let i = 0; i < 5; i++) pass();
    (network.getLayer('inner') as tf.LayersModel).apply(x, { training: true });
    applied.remove();
    // The early end's own output is one.
    expect(tf.memory().numTensors).toBe(before + 1);
  });
});
