import * as tf from '@tensorflow/tfjs';
import { prunedCount } from '@winnow/native/pruned-count';
import { checkChoice, checkFraction, checkKeys } from '../arguments.js';
import { kernelMatrix } from '../kernel-matrix.js';
import { runKernel } from '../run-kernel.js';

/** Name of the kernel in tfjs's registry and of the operation in TensorFlow. */
export const RANK_MASK = 'WinnowRankMask';

/** The scores that `rankMask` ranks together. */
export type RankScope = 'column' | 'layer' | 'global';

/** Options of `rankMask`. */
export interface RankMaskOptions {
  /** Fraction to cut, in [0, 1]. */
  sparsity: number;
  /**
   * `'column'` ranks each column separately and cuts ⌊sparsity · fanIn⌋ of each, `'layer'` each tensor (⌊sparsity ·
   * size⌋), `'global'` all tensors together (⌊sparsity · total size⌋). Default `'layer'`.
   */
  scope?: RankScope;
}

/** Attributes of the registered kernel, which also implements the patterns of `topKMask`. */
export interface RankMaskAttributes {
  scope: RankScope | '2:4' | 'block';
  byMagnitude: boolean;
  block: readonly [rows: number, columns: number];
  globalCount: number;
  items: readonly { shape: number[]; fanIn: number; units: number; count: number; label: string }[];
}

/** Runs the registered kernel. */
export function runRankMask(tensors: readonly tf.Tensor[], attributes: RankMaskAttributes): tf.Tensor[] {
  const inputs = Object.fromEntries(tensors.map((tensor, i) => [i, tensor]));
  return runKernel(RANK_MASK, inputs, attributes) as unknown as tf.Tensor[];
}

/**
 * Masks that cut the lowest scores; true = kept. Scores rank by value, for example |w|, |w · g| or w² · Fisher. In a
 * tie, the entry of the earlier tensor is cut first, then the one with the lower index, so the sparsity is exact. Not
 * differentiable: the gradient is zero.
 *
 * @param scores float32 `[…, units]`, rank ≥ 1; one tensor or a list
 * @returns bool tensors of the scores' shapes
 * @throws RangeError if `sparsity` is outside [0, 1], `scope` is unknown, or scores contain NaN; TypeError if they are
 *   not float32
 */
export function rankMask(scores: tf.Tensor, options: RankMaskOptions): tf.Tensor;
export function rankMask(scores: readonly tf.Tensor[], options: RankMaskOptions): tf.Tensor[];
export function rankMask(scores: tf.Tensor | readonly tf.Tensor[], options: RankMaskOptions): tf.Tensor | tf.Tensor[] {
  const op = 'rankMask';
  checkKeys(op, 'options', options ?? {}, ['sparsity', 'scope']);
  const sparsity = checkFraction(op, 'sparsity', options?.sparsity);
  const scope = checkChoice(op, 'scope', options.scope ?? 'layer', ['column', 'layer', 'global']);
  const tensors = scores instanceof tf.Tensor ? [scores] : scores;
  if (!Array.isArray(tensors)) throw new TypeError(`${op}: scores must be a tensor or a list of them, got ${scores}`);
  if (tensors.length === 0) return [];
  let total = 0;
  const items = tensors.map((tensor: unknown, i) => {
    const label = tensors.length === 1 ? `${op}: scores` : `${op}: scores[${i}]`;
    if (!(tensor instanceof tf.Tensor)) throw new TypeError(`${label} must be a tensor, got ${String(tensor)}`);
    if (tensor.dtype !== 'float32') throw new TypeError(`${label} must be float32, got ${tensor.dtype}`);
    const matrix = kernelMatrix(label, tensor.shape);
    total += tensor.size;
    const count = scope === 'global' ? 0 : prunedCount(sparsity, scope === 'column' ? matrix.fanIn : tensor.size);
    return { shape: tensor.shape, ...matrix, count, label };
  });
  const globalCount = scope === 'global' ? prunedCount(sparsity, total) : 0;
  const masks = runRankMask(tensors, { scope, byMagnitude: false, block: [1, 1], globalCount, items });
  return scores instanceof tf.Tensor ? (masks[0] as tf.Tensor) : masks;
}
