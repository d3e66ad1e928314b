import * as tf from '@tensorflow/tfjs';
import { layerNorm } from '@winnow/ops';
import type { TransformerConfig } from './config.js';
import type { Parameters } from './parameters.js';
import type { Pass } from './pass.js';

export function makeNorm(parameters: Parameters, path: string, { width }: TransformerConfig): void {
  parameters.constant(`${path}/scale`, width, 1);
  parameters.constant(`${path}/offset`, width, 0);
}

/** LayerNorm with the scale and offset at `path`. */
export function normalise(pass: Pass, path: string, x: tf.Tensor): tf.Tensor {
  return layerNorm(x, pass.value(`${path}/scale`), pass.value(`${path}/offset`));
}

/**
 * A sublayer with residual connection and norm (`PATH_norm`): norm(x + dropout(f(x))), or for `norm: 'pre'`, x +
 * dropout(f(norm(x))).
 */
export function sublayer(
  pass: Pass,
  path: string,
  x: tf.Tensor,
  { norm }: TransformerConfig,
  run: (x: tf.Tensor) => tf.Tensor,
): tf.Tensor {
  const input = norm === 'pre' ? normalise(pass, `${path}_norm`, x) : x;
  const sum = tf.add(x, pass.dropout(run(input), path));
  return norm === 'pre' ? sum : normalise(pass, `${path}_norm`, sum);
}
