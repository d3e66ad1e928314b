/** Methods that compute the layer themselves, in real layers. */

import { unitDropoutTransform, variationalDropoutTransform } from '@winnow/baselines';
import { type AppliedTransform, applyTransform } from '@winnow/models';
import { kernelIdOf, randomNormal, type WeightTransform } from '@winnow/ops';
import { tf } from '@winnow/tensorflow';
import { describe, expect, it } from 'vitest';
import { expectClose, golden } from './golden.js';

/** One layer with bias and ReLU in a model. */
function oneLayer(kind: 'dense' | 'conv', inputShape: number[], units: number, transform: WeightTransform) {
  const common = { inputShape, activation: 'relu' as const, biasInitializer: 'ones' as const, name: kind };
  const layer =
    kind === 'dense'
      ? tf.layers.dense({ ...common, units })
      : tf.layers.conv2d({ ...common, filters: units, kernelSize: 3, padding: 'same' });
  const model = tf.sequential({ layers: [layer] });
  const applied = applyTransform(model, transform, { include: ['**'] });
  applied.step.set(7);
  return { model, applied };
}

const run = (model: tf.LayersModel, x: tf.Tensor, training: boolean) => model.apply(x, { training }) as tf.Tensor;
const assign = (applied: AppliedTransform, w: number[]) => {
  const { variable } = applied.kernels[0]!;
  variable.assign(tf.tensor(w, variable.shape));
};

describe.each(golden.localReparameterisation)('local reparameterisation, $kind', (one) => {
  const inputShape = one.kind === 'dense' ? [5] : [4, 4, 3];
  const units = one.kind === 'dense' ? 3 : 2;
  const path = `${one.kind}/kernel`;

  function prepared() {
    const made = oneLayer(one.kind, inputShape, units, variationalDropoutTransform({ seed: 9 }));
    assign(made.applied, one.w);
    const { variable } = made.applied.variables[0]!;
    variable.assign(tf.tensor(one.logVariance, variable.shape));
    return made;
  }

  it('draws outputs of the mean and variance that PyTorch computes, then adds the bias and the activation', () => {
    const { model } = prepared();
    const x = tf.tensor(one.x, [2, ...inputShape]);
    const out = run(model, x, true);
    const noise = [...randomNormal(out.shape, { seed: 9, step: 7, stream: kernelIdOf(path) }).dataSync()];
    const expected = one.mean.map((mean, i) =>
      Math.max(0, mean + Math.sqrt((one.variance[i] as number) + 1e-8) * (noise[i] as number) + 1),
    );
    expectClose(out, expected, 1e-4);
    expect(new Set(expected).size).toBeGreaterThan(4);
  });

  it('draws nothing in evaluation', () => {
    const { model, applied } = prepared();
    applied.variables[0]!.variable.assign(tf.fill(applied.variables[0]!.variable.shape, -20));
    const out = run(model, tf.tensor(one.x, [2, ...inputShape]), false);
    expectClose(
      out,
      one.mean.map((mean) => Math.max(0, mean + 1)),
      1e-4,
    );
  });

  it('has the gradient of central differences for weights and variances', () => {
    const { model, applied } = prepared();
    const x = tf.tensor(one.x, [2, ...inputShape]);
    const loss = () => tf.sum(tf.square(run(model, x, true))) as tf.Scalar;
    const variables = [applied.kernels[0]!.variable, applied.variables[0]!.variable];
    const { grads } = tf.variableGrads(loss, variables);
    for (const variable of variables) {
      const slopes = (grads[variable.name] as tf.Tensor).dataSync();
      const values = [...variable.dataSync()];
      for (const i of [0, 3, values.length - 1]) {
        const at = (delta: number) => {
          variable.assign(
            tf.tensor(
              values.map((value, j) => (i === j ? value + delta : value)),
              variable.shape,
            ),
          );
          return loss().dataSync()[0] as number;
        };
        const difference = (at(5e-3) - at(-5e-3)) / 1e-2;
        variable.assign(tf.tensor(values, variable.shape));
        expect(Math.abs((slopes[i] as number) - difference)).toBeLessThan(0.03 * Math.max(1, Math.abs(difference)));
      }
    }
  });
});

describe('unit dropout', () => {
  it.each(['dense', 'conv'] as const)('drops whole units of each example before the layer, %s', (kind) => {
    const inputShape = kind === 'dense' ? [40] : [6, 6, 40];
    const { model, applied } = oneLayer(kind, inputShape, 40, unitDropoutTransform({ rate: 0.25, seed: 3 }));
    // The identity shows what came in.
    const { variable } = applied.kernels[0]!;
    const eye = tf.eye(40);
    const kernel =
      kind === 'dense'
        ? eye
        : tf.pad(tf.reshape(eye, [1, 1, 40, 40]), [
            [1, 1],
            [1, 1],
            [0, 0],
            [0, 0],
          ]);
    variable.assign(kernel as tf.Tensor);
    const x = tf.ones([50, ...inputShape]);
    const out = tf.sub(run(model, x, true), 1);
    const perUnit = tf.reshape(out, [50, -1, 40]);
    const [low, high] = [tf.min(perUnit, 1), tf.max(perUnit, 1)].map((tensor) => [...tensor.dataSync()]);
    expect(low).toEqual(high);
    const dropped = low!.filter((value) => Math.abs(value) < 1e-6).length;
    expect(low!.every((value) => Math.abs(value) < 1e-6 || Math.abs(value - 1 / 0.75) < 1e-5)).toBe(true);
    expect(Math.abs(dropped / 2000 - 0.25)).toBeLessThan(4 * Math.sqrt((0.25 * 0.75) / 2000));
    expect([...tf.sub(run(model, x, false), 1).dataSync()].every((value) => value === 1)).toBe(true);
    expect([...tf.sub(run(model, x, true), 1).dataSync()]).toEqual([...out.dataSync()]);
    applied.step.set(8);
    expect([...tf.sub(run(model, x, true), 1).dataSync()]).not.toEqual([...out.dataSync()]);
  });

  it('refuses a rate out of range', () => {
    expect(() => unitDropoutTransform({ rate: 1.5 })).toThrow('must be in [0, 1], got 1.5');
  });
});
