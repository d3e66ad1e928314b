import * as tf from '@tensorflow/tfjs';
import { checkKeys } from '../arguments.js';
import { runKernel } from '../run-kernel.js';

/** Names of the kernels in tfjs's registry and of the operations in TensorFlow. */
export const BATCH_NORM = 'WinnowBatchNorm';
export const BATCH_NORM_GRAD = 'WinnowBatchNormGrad';

/** Options of `batchNorm`. */
export interface BatchNormOptions {
  /** Added to the variance, ≥ 0. Default 1e-3. */
  epsilon?: number;
  /** Whether to apply ReLU. Default false. */
  relu?: boolean;
  /** Tensor of x's shape to add before ReLU, such as a residual block's shortcut. */
  skip?: tf.Tensor;
  /** Running statistics `[channels]`, and the fraction of them to keep, in [0, 1]. */
  moving?: { mean: tf.Tensor; variance: tf.Tensor; momentum: number };
  /** Whether to return x again, see `BatchNormResult`. Default false. */
  through?: boolean;
}

/** Result of `batchNorm`. The caller disposes all tensors. */
export interface BatchNormResult {
  /** Of x's shape. */
  y: tf.Tensor;
  /** The batch's mean and population variance, `[channels]`. */
  mean: tf.Tensor;
  variance: tf.Tensor;
  /**
   * The updated running statistics, moving − (moving − batch) · (1 − momentum). Without `moving`, those of the batch.
   */
  movedMean: tf.Tensor;
  movedVariance: tf.Tensor;
  /**
   * x again, without a copy. A gradient arriving through it is added while that of x is computed, which saves a pass.
   */
  through?: tf.Tensor;
}

/** Attributes of the registered kernel. */
export interface BatchNormAttributes {
  epsilon: number;
  relu: boolean;
  momentum: number;
  hasSkip: boolean;
  hasThrough: boolean;
}

/** Attributes of the gradient kernel. */
export type BatchNormGradAttributes = Pick<BatchNormAttributes, 'epsilon' | 'relu' | 'hasSkip' | 'hasThrough'>;

/**
 * Batch normalisation in training mode as one operation, together with a residual network's addition and ReLU: y =
 * relu((x − mean) / √(variance + epsilon) · scale + offset + skip), with the mean and variance of each channel. One
 * more operation computes all gradients. Differentiable with respect to x, scale, offset and skip.
 *
 * @param x float32 `[…, channels]`, rank ≥ 1
 * @param scale float32 `[channels]`
 * @param offset float32 `[channels]`
 * @throws TypeError for another dtype; RangeError for shapes that do not match or options out of range
 * @see Ioffe and Szegedy, "Batch Normalization", arXiv 1502.03167
 */
export function batchNorm(
  x: tf.Tensor,
  scale: tf.Tensor,
  offset: tf.Tensor,
  options: BatchNormOptions = {},
): BatchNormResult {
  checkKeys('batchNorm', 'options', options, ['epsilon', 'relu', 'skip', 'moving', 'through']);
  const { epsilon = 1e-3, relu = false, skip, moving, through = false } = options;
  checkTensor('x', x);
  if (x.rank < 1) throw new RangeError('batchNorm: x must have rank 1 or more, got a scalar');
  const vector = [x.shape[x.rank - 1] as number];
  const vectors = { scale, offset, ...(moving && { 'moving.mean': moving.mean, 'moving.variance': moving.variance }) };
  for (const [name, tensor] of Object.entries(vectors)) checkTensor(name, tensor, vector);
  if (skip !== undefined) checkTensor('skip', skip, x.shape);
  if (!(epsilon >= 0)) throw new RangeError(`batchNorm: epsilon must be at least 0, got ${epsilon}`);
  const momentum = moving?.momentum ?? 0;
  if (!(momentum >= 0 && momentum <= 1)) {
    throw new RangeError(`batchNorm: moving.momentum must be in [0, 1], got ${momentum}`);
  }
  return tf.tidy(() => {
    const inputs = {
      x,
      scale,
      offset,
      movingMean: moving?.mean ?? tf.zeros(vector),
      movingVariance: moving?.variance ?? tf.zeros(vector),
      ...(skip && { skip }),
    };
    const attributes: BatchNormAttributes = { epsilon, relu, momentum, hasSkip: !!skip, hasThrough: through };
    const outputs = runKernel(BATCH_NORM, inputs, attributes) as tf.Tensor[];
    const [y, mean, variance, movedMean, movedVariance, again] = outputs as [
      tf.Tensor,
      tf.Tensor,
      tf.Tensor,
      tf.Tensor,
      tf.Tensor,
      tf.Tensor?,
    ];
    return { y, mean, variance, movedMean, movedVariance, ...(again && { through: again }) };
  });
}

function checkTensor(name: string, tensor: unknown, shape?: readonly number[]): void {
  if (!(tensor instanceof tf.Tensor)) throw new TypeError(`batchNorm: ${name} must be a tensor, got ${tensor}`);
  if (tensor.dtype !== 'float32') throw new TypeError(`batchNorm: ${name} must be float32, got ${tensor.dtype}`);
  if (shape !== undefined && !tf.util.arraysEqual(tensor.shape, [...shape])) {
    throw new RangeError(`batchNorm: ${name} must have shape [${shape}], got [${tensor.shape}]`);
  }
}
