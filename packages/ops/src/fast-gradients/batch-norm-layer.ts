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

/** The axis of a layer's channels in an input of this rank, from 0. */
export function channelAxis(layer: BatchNormalizationLayer, rank: number): number {
  return layer.axis >= 0 ? layer.axis : layer.axis + rank;
}

/** Whether the fused operation computes an input that has its channels last: float32, on TensorFlow. */
export function fitsFusedKernel(input: tf.Tensor): boolean {
  return tf.getBackend() === 'tensorflow' && input.dtype === 'float32' && input.rank >= 2;
}

/**
 * Runs a pass of a layer with another axis on the input with its channels last, and puts the axes of the result back.
 * Stock tfjs cannot train such a layer: it broadcasts the scale, whose gradient is then of another shape.
 */
export function withChannelsLast(
  layer: BatchNormalizationLayer,
  input: tf.Tensor,
  run: (moved: tf.Tensor) => tf.Tensor,
): tf.Tensor {
  const { rank } = input;
  const given = layer.axis;
  const axis = channelAxis(layer, rank);
  const axes = Array.from({ length: rank }, (_, at) => at);
  const order = [...axes.filter((at) => at !== axis), axis];
  // What stock tf.layers reads in its pass.
  layer.axis = rank - 1;
  try {
    return tf.tidy(() =>
      tf.transpose(
        run(tf.transpose(input, order)),
        axes.map((at) => order.indexOf(at)),
      ),
    );
  } finally {
    layer.axis = given;
  }
}

/**
 * Whether stock tfjs fails at a pass with the running statistics: for rank 5 and above; for another axis on backends
 * other than TensorFlow (the numbers are wrong); and at gradients with another axis, or without scale or offset.
 */
export function failsInInference(layer: BatchNormalizationLayer, { rank }: tf.Tensor): boolean {
  const isLast = channelAxis(layer, rank) === rank - 1;
  const isDifferentiated = (tf.engine().state as { gradientDepth: number }).gradientDepth > 0;
  const isPlain = isLast && layer.gamma !== undefined && layer.beta !== undefined;
  return rank > 4 || (!isLast && tf.getBackend() !== 'tensorflow') || (!isPlain && isDifferentiated);
}

/** The layer's pass with its running statistics, of any rank from 2 and over any axis. */
export function callInference(layer: BatchNormalizationLayer, input: tf.Tensor): tf.Tensor {
  const { rank } = input;
  const channels = input.shape[channelAxis(layer, rank)] as number;
  const run = (x: tf.Tensor) => {
    const flat = tf.reshape(x, [x.size / channels, channels]) as tf.Tensor2D;
    const { movingMean, movingVariance, gamma, beta, epsilon } = layer;
    const [mean, variance] = [movingMean.read() as tf.Tensor1D, movingVariance.read() as tf.Tensor1D];
    const offset = (beta?.read() ?? tf.zeros([channels])) as tf.Tensor1D;
    const scale = (gamma?.read() ?? tf.ones([channels])) as tf.Tensor1D;
    return tf.reshape(tf.batchNorm2d(flat, mean, variance, offset, scale, epsilon), x.shape);
  };
  if (channelAxis(layer, rank) !== rank - 1) return withChannelsLast(layer, input, run);
  return tf.tidy(() => run(input));
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
