import * as tf from '@tensorflow/tfjs';
import { prunedCount } from '@winnow/native/pruned-count';
import { checkFraction, checkGranularity, checkKeys, checkPattern, type Pattern } from '../arguments.js';
import { floatKernel, kernelLabel } from '../float-kernel.js';
import { type Granularity, kernelMatrix, rankedCount } from '../kernel-matrix.js';
import { type RankMaskAttributes, runRankMask } from '../rank-mask/rank-mask.js';
import { runKernel } from '../run-kernel.js';

export type { Pattern };

/** Name of the kernel in tfjs's registry and of the operation in TensorFlow. */
export const TOPK_MASK = 'WinnowTopKMask';

/** Options of `topKMask`. */
export interface TopKMaskOptions {
  /**
   * Fraction to prune, in [0, 1]: exactly ⌊sparsity · fanIn⌋ of every column, ⌊sparsity · units⌋ columns, or ⌊sparsity
   * · blocks⌋ blocks. Optional for `'2:4'`, where it is 0.5.
   */
  sparsity?: number;
  /** What to rank: single weights by |w| in every column, or whole columns by L2 norm. Default `'weight'`. */
  granularity?: Granularity;
  /**
   * `'unstructured'` (default). `'2:4'` keeps the two largest of every four consecutive rows of a column, and ⌈g/2⌉ of
   * the g < 4 rows left at the end. `{block: [rows, columns]}` ranks blocks of the matrix `[fanIn, units]` by their L2
   * norm; blocks at the right and lower edges may be smaller. Patterns need granularity `'weight'`.
   */
  pattern?: Pattern;
  /** Name of the kernel in messages, such as its path in a model. */
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
 * The mask of magnitude pruning; true = kept. Ranks the weights of every column (or the columns of the kernel) and
 * prunes the lowest. In a tie, the lower index is pruned first, so the sparsity is exact. Not differentiable: the
 * gradient is zero.
 *
 * @param kernel float32 `[…, units]`, rank ≥ 1; all axes but the last form the fan-in
 * @returns bool tensor of the kernel's shape
 * @throws RangeError if `sparsity` is outside [0, 1], `granularity` is unknown, or the kernel contains NaN
 * @throws TypeError if `kernel` is not float32 or `sparsity` is not a number
 * @see Gomez et al., "Learning Sparse Networks Using Targeted Dropout", arXiv 1905.13678, section 3
 */
export function topKMask(kernel: tf.Tensor | tf.TensorLike, options: TopKMaskOptions): tf.Tensor {
  const op = 'topKMask';
  checkKeys(op, 'options', options ?? {}, ['sparsity', 'granularity', 'pattern', 'name']);
  const pattern = checkPattern(op, options?.pattern ?? 'unstructured');
  const sparsity = checkFraction(op, 'sparsity', options?.sparsity ?? (pattern === '2:4' ? 0.5 : undefined));
  const granularity = checkGranularity(op, options.granularity ?? 'weight');
  if (pattern !== 'unstructured' && granularity !== 'weight') {
    throw new RangeError(`${op}: granularity must be 'weight' with a pattern, got '${granularity}'`);
  }
  if (pattern === '2:4' && sparsity !== 0.5)
    throw new RangeError(`${op}: sparsity must be 0.5 for '2:4', got ${sparsity}`);
  return tf.tidy(() => {
    const $kernel = floatKernel(op, kernel);
    const matrix = kernelMatrix(op, $kernel.shape);
    const label = kernelLabel(op, options.name);
    if (pattern !== 'unstructured') {
      const item = { shape: $kernel.shape, ...matrix, label };
      return runRankMask([$kernel], patternAttributes(pattern, sparsity, item))[0] as tf.Tensor;
    }
    const count = prunedCount(sparsity, rankedCount(matrix, granularity));
    const attributes: TopKMaskAttributes = { ...matrix, count, granularity, label };
    return runKernel(TOPK_MASK, { kernel: $kernel }, attributes) as tf.Tensor;
  });
}

function patternAttributes(
  pattern: Exclude<Pattern, 'unstructured'>,
  sparsity: number,
  item: Omit<RankMaskAttributes['items'][number], 'count'>,
): RankMaskAttributes {
  const common = { byMagnitude: true, globalCount: 0 };
  if (pattern === '2:4') return { ...common, scope: '2:4', block: [1, 1], items: [{ ...item, count: 0 }] };
  const [rows, columns] = pattern.block;
  const count = prunedCount(sparsity, Math.ceil(item.fanIn / rows) * Math.ceil(item.units / columns));
  return { ...common, scope: 'block', block: pattern.block, items: [{ ...item, count }] };
}
