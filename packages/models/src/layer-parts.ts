import * as tf from '@tensorflow/tfjs';
import type { LayerParts } from '@winnow/ops';
import type { KernelLayer, LayerVariable } from './kernel-layers.js';

interface Activation {
  apply(inputs: tf.Tensor): tf.Tensor;
}

/** What running a layer in parts changes for the time of the call. */
interface LayerInnards extends KernelLayer {
  bias: LayerVariable | null;
  activation: Activation;
}

let identity: Activation | undefined;

/** tf.layers' own linear activation: a layer fuses what it knows by name. */
function linearActivation(): Activation {
  identity ??= (tf.layers.activation({ activation: 'linear' }) as unknown as { activation: Activation }).activation;
  return identity;
}

/**
 * A dense or convolution layer in parts.
 *
 * @param stockCall the layer's call before a transform replaced it
 */
export function layerParts(
  layer: KernelLayer,
  stockCall: KernelLayer['call'],
  kwargs: Record<string, unknown>,
): LayerParts {
  const innards = layer as LayerInnards;
  const run = (inputs: tf.Tensor, kernel: tf.Tensor) => {
    const variable = innards.kernel;
    innards.kernel = readingAs(variable, kernel);
    try {
      return stockCall.call(layer, inputs, kwargs) as tf.Tensor;
    } finally {
      innards.kernel = variable;
    }
  };
  return {
    run,
    linear(inputs, kernel) {
      const { bias, activation } = innards;
      innards.bias = null;
      innards.activation = linearActivation();
      try {
        return run(inputs, kernel);
      } finally {
        innards.bias = bias;
        innards.activation = activation;
      }
    },
    finish(outputs) {
      const biased = innards.bias ? tf.add(outputs, innards.bias.read()) : outputs;
      return innards.activation ? innards.activation.apply(biased) : biased;
    },
  };
}

/** The layer computes with whatever `this.kernel.read()` gives while it runs; its variable stays in place for saving. */
function readingAs(variable: LayerVariable, kernel: tf.Tensor): LayerVariable {
  return Object.create(variable, { read: { value: () => kernel } }) as LayerVariable;
}
