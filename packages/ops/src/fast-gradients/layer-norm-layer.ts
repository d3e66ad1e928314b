import * as tf from '@tensorflow/tfjs';
import { layerNorm } from '../layer-norm/layer-norm.js';

/** The fields of tf.layers' LayerNormalization that its pass uses. */
interface LayerNormalizationLayer {
  axis: number[];
  epsilon: number;
  gamma: { read(): tf.Tensor } | null;
  beta: { read(): tf.Tensor } | null;
  call(inputs: tf.Tensor | tf.Tensor[], kwargs: Record<string, unknown>): tf.Tensor | tf.Tensor[];
}

/** Whether the fused operation computes what the layer asks for: float32, over the last axis, on TensorFlow. */
function fits({ axis }: LayerNormalizationLayer, input: tf.Tensor): boolean {
  return (
    tf.getBackend() === 'tensorflow' &&
    input.dtype === 'float32' &&
    input.rank >= 1 &&
    axis.length === 1 &&
    axis[0] === input.rank - 1
  );
}

/** tf.layers tiles mean, variance, scale and offset to the size of the input and differentiates through all of it. */
export function useFastLayerNormalization(): () => void {
  const prototype = Object.getPrototypeOf(tf.layers.layerNormalization({})) as LayerNormalizationLayer;
  const stockCall = prototype.call;
  prototype.call = function (this: LayerNormalizationLayer, inputs, kwargs) {
    const input = (Array.isArray(inputs) ? inputs[0] : inputs) as tf.Tensor;
    if (!fits(this, input)) return stockCall.call(this, inputs, kwargs);
    const width = input.shape[input.rank - 1] as number;
    return tf.tidy(() =>
      layerNorm(input, this.gamma?.read() ?? tf.ones([width]), this.beta?.read() ?? tf.zeros([width]), this.epsilon),
    );
  };
  return () => {
    prototype.call = stockCall;
  };
}
