/** Models for tests: with numbers in every weight, and zeros in kernels. */

import * as tf from '@tensorflow/tfjs';
import { expect } from 'vitest';
import type { Session } from '../src/index.js';

/** A number in [0, 1) after the other, by seed. */
export function numbers(seed: number): () => number {
  let state = Math.imul(seed + 1, 0x9e3779b1) >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let word = Math.imul(state ^ (state >>> 15), state | 1);
    word ^= word + Math.imul(word ^ (word >>> 7), word | 61);
    return ((word ^ (word >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** New numbers for all weights; of kernels the share `sparsity` is 0. */
export function fill(model: tf.LayersModel, sparsity: number, seed = 1): tf.LayersModel {
  const next = numbers(seed);
  for (const layer of model.layers) {
    const filled = layer.weights.map(({ originalName, shape }) => {
      const size = (shape as number[]).reduce((a, b) => a * b, 1);
      const isVariance = originalName.endsWith('variance');
      const isKernel = originalName.endsWith('kernel');
      const fanIn = isKernel ? Math.max(1, (size / (shape.at(-1) as number)) * (1 - sparsity)) : 1;
      const values = Float32Array.from({ length: size }, () => {
        if (isVariance) return 0.5 + next();
        if (isKernel && next() < sparsity) return 0;
        return ((next() - 0.5) * 2) / Math.sqrt(fanIn) + (originalName.endsWith('gamma') ? 1 : 0);
      });
      return tf.tensor(values, shape as number[]);
    });
    layer.setWeights(filled);
    tf.dispose(filled);
  }
  return model;
}

/** Normal-like inputs for a session. */
export function inputsOf(session: Session, batch: number, seed = 7): Float32Array[] {
  const next = numbers(seed);
  return session.inputs.map(({ dims }) => {
    const size = dims.reduce((a, b) => a * b, batch);
    return Float32Array.from({ length: size }, () => next() + next() - 1);
  });
}

/** What TensorFlow makes of them. */
function predicted(model: tf.LayersModel, session: Session, inputs: readonly Float32Array[], batch: number) {
  return tf.tidy(() => {
    const tensors = session.inputs.map(({ dims }, at) => tf.tensor(inputs[at] as Float32Array, [batch, ...dims]));
    const given = model.predict(tensors.length === 1 ? (tensors[0] as tf.Tensor) : tensors);
    return [given].flat().map((tensor) => ({ shape: tensor.shape, data: Float32Array.from(tensor.dataSync()) }));
  });
}

/** The session's outputs equal TensorFlow's to 1e-4 of the largest, NaN where those are. */
export function expectSame(model: tf.LayersModel, session: Session, batch: number, seed = 7): void {
  const inputs = inputsOf(session, batch, seed);
  const actual = session.runSync(inputs);
  const expected = predicted(model, session, inputs, batch);
  expect(actual.length).toBe(expected.length);
  for (const [at, { shape, data }] of expected.entries()) {
    expect(actual[at]?.shape).toEqual(shape);
    const scale = data.reduce((most, value) => Math.max(most, Math.abs(value)), 1);
    const worst = data.reduce((most, value, i) => {
      const difference = Math.abs(value - (actual[at]?.data[i] as number));
      return Number.isNaN(value) && Number.isNaN(actual[at]?.data[i]) ? most : Math.max(most, difference);
    }, 0);
    expect(worst / scale, `output ${at}, batch ${batch}`).toBeLessThan(1e-4);
  }
}
