import * as tf from '@tensorflow/tfjs';
import { addBias, linear } from '@winnow/ops';
import type { Parameters } from './parameters.js';
import type { Pass } from './pass.js';

/** Makes `PATH/kernel [fanIn, units]` and `PATH/bias [units]`. */
export function makeProjection(parameters: Parameters, path: string, fanIn: number, units: number): void {
  parameters.glorot(`${path}/kernel`, fanIn, units);
  parameters.constant(`${path}/bias`, units, 0);
}

/** activation(x·kernel + bias) for `x [b·t, fanIn]`. */
export function project(pass: Pass, path: string, x: tf.Tensor, activation?: 'relu' | 'gelu'): tf.Tensor {
  const bias = pass.value(`${path}/bias`);
  return pass.project(`${path}/kernel`, x, {
    run: (inputs, kernel) => linear(inputs, kernel, bias, activation),
    linear: (inputs, kernel) => linear(inputs, kernel),
    finish: (outputs) => addBias(outputs, bias, activation),
  });
}

/**
 * Reshapes `[b, t, d]` to `[b·t, d]`. Outside attention, the layers work on the tokens of all sequences as one matrix,
 * because each reshape is an operation of its own, forward and backward.
 */
export function flatten(x: tf.Tensor): tf.Tensor {
  const [batch, length, width] = x.shape as [number, number, number];
  return tf.reshape(x, [batch * length, width]);
}

/** Reshapes `[b·t, d]` to `[b, t, d]`. */
export function unflatten(x: tf.Tensor, batch: number): tf.Tensor {
  const [tokens, width] = x.shape as [number, number];
  return tf.reshape(x, [batch, tokens / batch, width]);
}
