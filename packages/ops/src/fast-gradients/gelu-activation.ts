import * as tf from '@tensorflow/tfjs';
import { gelu } from '../bias-activation/bias-activation.js';

interface Activation {
  apply(x: tf.Tensor): tf.Tensor;
}

/** The class of an activation of tf.layers', by way of a layer that uses one. */
function prototypeOf(activation: 'gelu' | 'gelu_new'): Activation {
  const layer = tf.layers.activation({ activation }) as unknown as { activation: Activation };
  return Object.getPrototypeOf(layer.activation) as Activation;
}

/**
 * The activations `gelu` and `gelu_new` of any layer, which tf.layers composes of eight operations and their gradients.
 */
export function useFastGelu(): () => void {
  const undo = (['gelu', 'gelu_new'] as const).map((name) => {
    const prototype = prototypeOf(name);
    const stock = prototype.apply;
    const approximate = name === 'gelu' ? 'none' : 'tanh';
    prototype.apply = function (this: Activation, x: tf.Tensor) {
      const fits = tf.getBackend() === 'tensorflow' && x.dtype === 'float32';
      return fits ? gelu(x, { approximate }) : stock.call(this, x);
    };
    return () => {
      prototype.apply = stock;
    };
  });
  return () => {
    for (const putBack of undo) putBack();
  };
}
