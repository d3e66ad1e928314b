import type { GraphLayer } from '../graph.js';

/** tf.layers' name of the function that an activation layer computes; undefined for other layers, and for a clipped ReLU. */
export function activationOf(layer: GraphLayer): string | undefined {
  if (layer.kind === 'ReLU') return layer.config['maxValue'] == null ? 'relu' : undefined;
  return layer.kind === 'Activation' ? (layer.config['activation'] as string) : undefined;
}
