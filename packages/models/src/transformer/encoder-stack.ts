import type * as tf from '@tensorflow/tfjs';
import type { TransformerConfig } from './config.js';
import { feedForward, makeFeedForward } from './feed-forward.js';
import { attend, makeAttention, memoryOf } from './multi-head-attention.js';
import type { Parameters } from './parameters.js';
import type { Pass } from './pass.js';
import { flatten, unflatten } from './projection.js';
import { makeNorm, normalise, sublayer } from './sublayer.js';

export function makeEncoder(parameters: Parameters, config: TransformerConfig): void {
  for (let layer = 1; layer <= config.encoderLayers; layer++) {
    const path = `encoder/layer${layer}`;
    makeAttention(parameters, `${path}/attention`, config);
    makeNorm(parameters, `${path}/attention_norm`, config);
    makeFeedForward(parameters, `${path}/feed_forward`, config);
    makeNorm(parameters, `${path}/feed_forward_norm`, config);
  }
  if (config.norm === 'pre') makeNorm(parameters, 'encoder/norm', config);
}

/** Maps embedded tokens to states `[b, s, d]`. `keyMask [b, s]` is true for tokens that may be attended to. */
export function runEncoder(pass: Pass, x: tf.Tensor, keyMask: tf.Tensor, config: TransformerConfig): tf.Tensor {
  const { heads } = config;
  const batch = x.shape[0] as number;
  x = flatten(x);
  for (let layer = 1; layer <= config.encoderLayers; layer++) {
    const attention = `encoder/layer${layer}/attention`;
    x = sublayer(pass, attention, x, config, (y) =>
      attend(pass, attention, y, memoryOf(pass, attention, y, batch), { heads, keyMask }),
    );
    const network = `encoder/layer${layer}/feed_forward`;
    x = sublayer(pass, network, x, config, (y) => feedForward(pass, network, y, config));
  }
  return unflatten(config.norm === 'pre' ? normalise(pass, 'encoder/norm', x) : x, batch);
}
