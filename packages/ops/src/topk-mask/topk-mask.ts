import * as tf from '@tensorflow/tfjs';
import { prunedCount } from '@winnow/native/pruned-count';
import { checkFraction, checkGranularity } from '../arguments.js';
import { floatKernel, kernelLabel } from '../float-kernel.js';
import { type Granularity, kernelMatrix, rankedCount } from '../kernel-matrix.js';

/** Name of the kernel in tfjs's registry and of the operation in TensorFlow. */
export const TOPK_MASK = 'WinnowTopKMask';

/** What `topKMask` is asked for. */
export interface TopKMaskOptions {
  /** Fraction to prune, in [0, 1]: exactly ⌊sparsity · fanIn⌋ of every column, or ⌊sparsity · units⌋ columns. */
  sparsity: number;
  /** What is ranked: single weights by |w| in every column, or whole columns by L2 norm. Default `'weight'`. */
  granularity?: Granularity;
  /** How messages call the kernel, such as its path in a model. */
  name?: string;
}

/** Attributes of the registered kernel. */
export interface TopKMaskAttributes {
  fanIn: number;
  units: number;
  count: number;
  granularity: Granularity;
  label: string;
}

/**
 * The mask of magnitude pruning: true = kept. Ranks the weights of every column (or the columns of the kernel) and prunes
 * the lowest; of equal magnitudes the lower index is pruned first, so the sparsity is exact. Not differentiable: its
 * gradient is zero.
 *
 * @param kernel float32, at least one axis; the last axis counts units, the others together are the fan-in
 * @returns bool tensor of the kernel's shape
 * @throws RangeError if `sparsity` is outside [0, 1], `granularity` is unknown, or the kernel holds NaN
 * @throws TypeError if `kernel` is not float32 or `sparsity` not a number
 * @see Gomez et al., "Learning Sparse Networks Using Targeted Dropout", arXiv 1905.13678, section 3
 */
export function topKMask(kernel: tf.Tensor | tf.TensorLike, options: TopKMaskOptions): tf.Tensor {
  const op = 'topKMask';
  const sparsity = checkFraction(op, 'sparsity', options?.sparsity);
  const granularity = checkGranularity(op, options.granularity ?? 'weight');
  return tf.tidy(() => {
    const $kernel = floatKernel(op, kernel);
    const matrix = kernelMatrix(op, $kernel.shape);
    const count = prunedCount(sparsity, rankedCount(matrix, granularity));
    const attributes: TopKMaskAttributes = { ...matrix, count, granularity, label: kernelLabel(op, options.name) };
    return tf.engine().runKernel(TOPK_MASK, { kernel: $kernel }, attributes as unknown as tf.NamedAttrMap) as tf.Tensor;
  });
}
