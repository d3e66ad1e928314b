import * as tf from '@tensorflow/tfjs';
import { addBias } from '@winnow/ops';
import type { Parameters } from './parameters.js';
import type { Pass } from './pass.js';

/** Makes `PATH/kernel [fanIn, units]` and `PATH/bias [units]`. */
export function makeProjection(parameters: Parameters, path: string, fanIn: number, units: number): void {
  parameters.glorot(`${path}/kernel`, fanIn, units);
  parameters.constant(`${path}/bias`, units, 0);
}

/** activation(x·kernel + bias) over the last axis of `x [b, t, fanIn]`. */
export function project(pass: Pass, path: string, x: tf.Tensor, activation?: 'relu' | 'gelu'): tf.Tensor {
  const [batch, length, fanIn] = x.shape as [number, number, number];
  const kernel = pass.kernel(`${path}/kernel`);
  const y = tf.matMul(tf.reshape(x, [batch * length, fanIn]), kernel);
  return tf.reshape(addBias(y, pass.value(`${path}/bias`), activation), [batch, length, kernel.shape[1]!]);
}
