import type * as tf from '@tensorflow/tfjs';
import { attention } from '@winnow/ops';
import type { TransformerConfig } from './config.js';
import type { Parameters } from './parameters.js';
import type { Pass } from './pass.js';
import { flatten, makeProjection, project, unflatten } from './projection.js';

const MAPS = ['query', 'key', 'value', 'output'] as const;

/** Keys and values `[b, t, d]` to attend to. */
export type Memory = {
  key: tf.Tensor;
  value: tf.Tensor;
};

export function makeAttention(parameters: Parameters, path: string, { width }: TransformerConfig): void {
  for (const map of MAPS) makeProjection(parameters, `${path}/${map}`, width, width);
}

/** Computes keys and values from `states [b·t, d]`. */
export function memoryOf(pass: Pass, path: string, states: tf.Tensor, batch: number): Memory {
  const map = (name: string) => unflatten(project(pass, `${path}/${name}`, states), batch);
  return { key: map('key'), value: map('value') };
}

/** Attention of `states [b·t, d]` over the memory, followed by the output projection. */
export function attend(
  pass: Pass,
  path: string,
  states: tf.Tensor,
  memory: Memory,
  options: { heads: number; causal?: boolean; keyMask?: tf.Tensor },
): tf.Tensor {
  const query = unflatten(project(pass, `${path}/query`, states), memory.key.shape[0]!);
  return project(pass, `${path}/output`, flatten(attention(query, memory.key, memory.value, options)));
}
