import * as tf from '@tensorflow/tfjs';
import type { LayerParts } from '@winnow/ops';
import type { KernelLayer, LayerVariable, ModelKernel } from './kernel-layers.js';
import { asLayerHas } from './kernel-layout.js';
import { reading } from './reading.js';

interface Activation {
  apply(inputs: tf.Tensor): tf.Tensor;
}

/** What running a layer in parts changes for the time of the call. */
interface LayerInnards extends KernelLayer {
  bias: LayerVariable | null;
  /** What some layers ask instead. */
  useBias: boolean;
  activation: Activation;
}

let identity: Activation | undefined;

/** tf.layers' own linear activation: a layer fuses what it knows by name. */
function linearActivation(): Activation {
  identity ??= (tf.layers.activation({ activation: 'linear' }) as unknown as { activation: Activation }).activation;
  return identity;
}

/**
 * A dense or convolution layer in parts. Kernels are given with their units last.
 *
 * @param stockCall the layer's call before a transform replaced it
 */
export function layerParts(
  { layer, source, layout, variable }: ModelKernel,
  stockCall: KernelLayer['call'],
  kwargs: Record<string, unknown>,
): LayerParts {
  const innards = layer as LayerInnards;
  const run = (inputs: tf.Tensor, kernel: tf.Tensor) =>
    reading([[source, () => asLayerHas(kernel, layout, variable.shape)]], () => stockCall.call(layer, inputs, kwargs))
      .result as tf.Tensor;
  return {
    run,
    linear(inputs, kernel) {
      const { bias, useBias, activation } = innards;
      innards.bias = null;
      innards.useBias = false;
      innards.activation = linearActivation();
      try {
        return run(inputs, kernel);
      } finally {
        innards.bias = bias;
        innards.useBias = useBias;
        innards.activation = activation;
      }
    },
    finish(outputs) {
      const biased = innards.bias ? tf.add(outputs, innards.bias.read()) : outputs;
      return innards.activation ? innards.activation.apply(biased) : biased;
    },
  };
}
