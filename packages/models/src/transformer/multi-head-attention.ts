import type * as tf from '@tensorflow/tfjs';
import { attention } from '@winnow/ops';
import type { TransformerConfig } from './config.js';
import type { Parameters } from './parameters.js';
import type { Pass } from './pass.js';
import { makeProjection, project } from './projection.js';

const MAPS = ['query', 'key', 'value', 'output'] as const;

/** Keys and values `[b, t, d]` that queries attend to. */
export type Memory = {
  key: tf.Tensor;
  value: tf.Tensor;
};

export function makeAttention(parameters: Parameters, path: string, { width }: TransformerConfig): void {
  for (const map of MAPS) makeProjection(parameters, `${path}/${map}`, width, width);
}

/** The keys and values of `states [b, t, d]`. */
export function memoryOf(pass: Pass, path: string, states: tf.Tensor): Memory {
  return { key: project(pass, `${path}/key`, states), value: project(pass, `${path}/value`, states) };
}

/** What each of `states [b, t, d]` gathers from the memory, through the output map. */
export function attend(
  pass: Pass,
  path: string,
  states: tf.Tensor,
  memory: Memory,
  options: { heads: number; causal?: boolean; keyMask?: tf.Tensor },
): tf.Tensor {
  const query = project(pass, `${path}/query`, states);
  return project(pass, `${path}/output`, attention(query, memory.key, memory.value, options));
}
