import * as tf from '@tensorflow/tfjs';
import { type BatchNormOptions, batchNorm } from '../batch-norm/batch-norm.js';

interface LayerVariable {
  read(): tf.Tensor;
  write(value: tf.Tensor): LayerVariable;
}

/** The fields of tf.layers' BatchNormalization that its training pass uses. */
export interface BatchNormalizationLayer {
  axis: number;
  momentum: number;
  epsilon: number;
  gamma?: LayerVariable;
  beta?: LayerVariable;
  movingMean: LayerVariable;
  movingVariance: LayerVariable;
}

/** Whether the fused operation computes what the layer asks for: float32, channels last, on TensorFlow. */
export function fitsFusedKernel(layer: BatchNormalizationLayer, input: tf.Tensor): boolean {
  const axis = layer.axis >= 0 ? layer.axis : layer.axis + input.rank;
  return tf.getBackend() === 'tensorflow' && input.dtype === 'float32' && input.rank >= 2 && axis === input.rank - 1;
}

/** The layer's training pass, with what follows it; moves the running statistics exactly as tf.layers does. */
export function callFused(
  layer: BatchNormalizationLayer,
  input: tf.Tensor,
  options: Pick<BatchNormOptions, 'relu' | 'skip' | 'through'>,
): { y: tf.Tensor; through?: tf.Tensor } {
  return tf.tidy(() => {
    const channels = [input.shape[input.rank - 1] as number];
    const { movingMean, movingVariance, momentum, epsilon } = layer;
    const { y, movedMean, movedVariance, through } = batchNorm(
      input,
      layer.gamma?.read() ?? tf.ones(channels),
      layer.beta?.read() ?? tf.zeros(channels),
      { ...options, epsilon, moving: { mean: movingMean.read(), variance: movingVariance.read(), momentum } },
    );
    movingMean.write(movedMean);
    movingVariance.write(movedVariance);
    return { y, ...(through && { through }) };
  });
}
