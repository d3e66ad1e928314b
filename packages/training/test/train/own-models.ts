/** Small models of stock tf.layers, each the same every time it is made. */

import { tf } from '@winnow/tensorflow';

export const seeded = (seed: number) => tf.initializers.glorotUniform({ seed });

/** A dense layer with seeded weights. */
export function dense(units: number, seed: number, rest: object = {}): tf.layers.Layer {
  return tf.layers.dense({ units, kernelInitializer: seeded(seed), ...rest });
}

/** [n, 3] → [n, units] through five hidden units. */
export function perceptron(units: number, rest: object = {}): tf.LayersModel {
  return tf.sequential({ layers: [dense(5, 1, { inputShape: [3], activation: 'tanh' }), dense(units, 2, rest)] });
}

/** Inputs `a` [n, 3] and `b` [n, 2]; outputs `value` [n, 1] and `kind` [n, 4] (softmax). */
export function twoByTwo(): tf.LayersModel {
  const a = tf.input({ shape: [3], name: 'a' });
  const b = tf.input({ shape: [2], name: 'b' });
  const both = tf.layers.concatenate().apply([a, b]) as tf.SymbolicTensor;
  const hidden = dense(6, 3, { activation: 'tanh' }).apply(both) as tf.SymbolicTensor;
  const value = dense(1, 4, { name: 'value' }).apply(hidden) as tf.SymbolicTensor;
  const kind = dense(4, 5, { name: 'kind', activation: 'softmax' }).apply(hidden) as tf.SymbolicTensor;
  return tf.model({ inputs: [a, b], outputs: [value, kind] });
}

/** Numbers between −1 and 1 that look random and are the same every time. */
export function numbers(count: number, shift = 0): Float32Array {
  const fraction = (value: number) => value - Math.floor(value);
  return Float32Array.from(
    { length: count },
    (_, i) => 2 * fraction(43758.5453 * Math.sin(12.9898 * (i + 1) + 78.233 * shift)) - 1,
  );
}

export const weightsOf = (model: tf.LayersModel) => model.getWeights().flatMap((weight) => [...weight.dataSync()]);

export function expectClose(got: ArrayLike<number>, expected: ArrayLike<number>, tolerance = 1e-6): void {
  if (got.length !== expected.length) throw new Error(`${got.length} values, expected ${expected.length}`);
  for (let i = 0; i < got.length; i++) {
    const difference = Math.abs(got[i]! - expected[i]!);
    if (!(difference <= tolerance * (1 + Math.abs(expected[i]!)))) {
      throw new Error(`value ${i} is ${got[i]}, expected ${expected[i]}`);
    }
  }
}
