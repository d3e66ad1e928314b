import * as tf from '@tensorflow/tfjs';
import { BATCH_NORM_TRAINING } from './kernels.js';

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
  call(inputs: tf.Tensor | tf.Tensor[], kwargs: Record<string, unknown>): tf.Tensor | tf.Tensor[];
}

/** Whether the fused kernel computes what the layer asks for: float32, channels last, on TensorFlow. */
export function fitsFusedKernel(layer: BatchNormalizationLayer, input: tf.Tensor): boolean {
  const axis = layer.axis >= 0 ? layer.axis : layer.axis + input.rank;
  return tf.getBackend() === 'tensorflow' && input.dtype === 'float32' && input.rank >= 2 && axis === input.rank - 1;
}

/** The layer's training pass by FusedBatchNormV3; moves the running statistics exactly as tf.layers does. */
export function callFused(layer: BatchNormalizationLayer, input: tf.Tensor): tf.Tensor {
  const channels = input.shape[input.rank - 1] as number;
  const samples = input.size / channels;
  const x = input.rank === 4 ? input : tf.reshape(input, [samples, 1, 1, channels]);
  const scale = layer.gamma?.read() ?? tf.ones([channels]);
  const offset = layer.beta?.read() ?? tf.zeros([channels]);
  const outputs = tf.engine().runKernel(
    BATCH_NORM_TRAINING,
    { x, scale, offset, empty: tf.tensor1d([]) },
    {
      epsilon: layer.epsilon,
    },
  ) as tf.Tensor[];
  const [y, mean, unbiasedVariance] = outputs as [tf.Tensor, tf.Tensor, tf.Tensor];
  // tf.layers averages the population variance; TensorFlow's kernel returns the unbiased one.
  const variance = tf.mul(unbiasedVariance, (samples - 1) / samples);
  average(layer.movingMean, mean, layer.momentum);
  average(layer.movingVariance, variance, layer.momentum);
  return input.rank === 4 ? y : tf.reshape(y, input.shape);
}

function average(variable: LayerVariable, value: tf.Tensor, momentum: number): void {
  tf.tidy(() => {
    const current = variable.read();
    variable.write(tf.sub(current, tf.mul(tf.sub(current, value), 1 - momentum)));
  });
}
