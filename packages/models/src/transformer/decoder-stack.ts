import * as tf from '@tensorflow/tfjs';
import type { TransformerConfig } from './config.js';
import { feedForward, makeFeedForward } from './feed-forward.js';
import { attend, type Memory, makeAttention, memoryOf } from './multi-head-attention.js';
import type { Parameters } from './parameters.js';
import type { Pass } from './pass.js';
import { flatten, unflatten } from './projection.js';
import { makeNorm, normalise, sublayer } from './sublayer.js';

/** What decoder layers attend to besides earlier tokens: one memory per layer, and a mask of its positions. */
export type CrossMemory = {
  layers: Memory[];
  /** bool `[b, s]`, false for padding */
  keyMask: tf.Tensor;
};

/** Keys and values of the tokens decoded so far, one memory per layer. */
export type DecoderCache = Memory[];

/** Makes the variables of the decoder's layers. Without `cross` they form a language model. */
export function makeDecoder(parameters: Parameters, config: TransformerConfig, cross: boolean): void {
  for (let layer = 1; layer <= config.decoderLayers; layer++) {
    const path = `decoder/layer${layer}`;
    for (const name of cross ? ['attention', 'cross_attention'] : ['attention']) {
      makeAttention(parameters, `${path}/${name}`, config);
      makeNorm(parameters, `${path}/${name}_norm`, config);
    }
    makeFeedForward(parameters, `${path}/feed_forward`, config);
    makeNorm(parameters, `${path}/feed_forward_norm`, config);
  }
  if (config.norm === 'pre') makeNorm(parameters, 'decoder/norm', config);
}

/** Keys and values of the encoder's states for every decoder layer, computed once per source. */
export function crossMemory(
  pass: Pass,
  states: tf.Tensor,
  keyMask: tf.Tensor,
  { decoderLayers }: TransformerConfig,
): CrossMemory {
  const tokens = flatten(states);
  const layers = Array.from({ length: decoderLayers }, (_, layer) =>
    memoryOf(pass, `decoder/layer${layer + 1}/cross_attention`, tokens, states.shape[0]!),
  );
  return { layers, keyMask };
}

/**
 * Runs the decoder on embedded target tokens, `[b, t, d]`. Each token attends to itself and those before it.
 *
 * @param cache keys and values of earlier tokens; `x` then holds only the next token of each sequence
 * @returns the states, and the keys and values of all tokens so far
 */
export function runDecoder(
  pass: Pass,
  x: tf.Tensor,
  cross: CrossMemory | undefined,
  config: TransformerConfig,
  cache?: DecoderCache,
): { states: tf.Tensor; cache: DecoderCache } {
  const { heads } = config;
  const batch = x.shape[0] as number;
  x = flatten(x);
  const grown: Memory[] = [];
  for (let layer = 1; layer <= config.decoderLayers; layer++) {
    const path = `decoder/layer${layer}`;
    x = sublayer(pass, `${path}/attention`, x, config, (y) => {
      const own = memoryOf(pass, `${path}/attention`, y, batch);
      const earlier = cache?.[layer - 1];
      const memory = earlier === undefined ? own : append(earlier, own);
      grown.push(memory);
      return attend(pass, `${path}/attention`, y, memory, { heads, causal: earlier === undefined });
    });
    if (cross !== undefined) {
      const { layers, keyMask } = cross;
      x = sublayer(pass, `${path}/cross_attention`, x, config, (y) =>
        attend(pass, `${path}/cross_attention`, y, layers[layer - 1] as Memory, { heads, keyMask }),
      );
    }
    x = sublayer(pass, `${path}/feed_forward`, x, config, (y) => feedForward(pass, `${path}/feed_forward`, y, config));
  }
  const states = unflatten(config.norm === 'pre' ? normalise(pass, 'decoder/norm', x) : x, batch);
  return { states, cache: grown };
}

function append(earlier: Memory, own: Memory): Memory {
  return { key: tf.concat([earlier.key, own.key], 1), value: tf.concat([earlier.value, own.value], 1) };
}
