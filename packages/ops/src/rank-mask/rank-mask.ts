import * as tf from '@tensorflow/tfjs';
import { prunedCount } from '@winnow/native/pruned-count';
import { checkChoice, checkFraction } from '../arguments.js';
import { kernelMatrix } from '../kernel-matrix.js';

/** Name of the kernel in tfjs's registry and of the operation in TensorFlow. */
export const RANK_MASK = 'WinnowRankMask';

/** Among which scores `rankMask` gives ranks. */
export type RankScope = 'column' | 'layer' | 'global';

/** What `rankMask` is asked for. */
export interface RankMaskOptions {
  /** Fraction to cut, in [0, 1]. */
  sparsity: number;
  /**
   * Of every column by itself (exactly ⌊sparsity · fanIn⌋ of each are cut), of a tensor (⌊sparsity · size⌋), or of all tensors
   * (⌊sparsity · all sizes⌋). Default `'layer'`.
   */
  scope?: RankScope;
}

/** Attributes of the registered kernel, which serves the patterns of `topKMask` as well. */
export interface RankMaskAttributes {
  scope: RankScope | '2:4' | 'block';
  byMagnitude: boolean;
  block: readonly [rows: number, columns: number];
  globalCount: number;
  items: readonly { shape: number[]; fanIn: number; units: number; count: number; label: string }[];
}

/** Runs the registered kernel on tensors whose attributes are ready. */
export function runRankMask(tensors: readonly tf.Tensor[], attributes: RankMaskAttributes): tf.Tensor[] {
  const inputs = Object.fromEntries(tensors.map((tensor, i) => [i, tensor]));
  return tf.engine().runKernel(RANK_MASK, inputs, attributes as unknown as tf.NamedAttrMap) as unknown as tf.Tensor[];
}

/**
 * The masks that cut the entries with the lowest scores: true = kept. Scores rank by value: |w|, |w · g|, w² · Fisher or any
 * other. Of equal scores the one in the earlier tensor is cut first, then the one with the lower index, so the sparsity is
 * exact. Not differentiable: its gradient is zero.
 *
 * @param scores float32, at least one axis, the last one counts units; one tensor or a list
 * @returns bool tensors of the scores' shapes
 * @throws RangeError if `sparsity` is outside [0, 1], `scope` is unknown, or scores hold NaN; TypeError if they are not float32
 */
export function rankMask(scores: tf.Tensor, options: RankMaskOptions): tf.Tensor;
export function rankMask(scores: readonly tf.Tensor[], options: RankMaskOptions): tf.Tensor[];
export function rankMask(scores: tf.Tensor | readonly tf.Tensor[], options: RankMaskOptions): tf.Tensor | tf.Tensor[] {
  const op = 'rankMask';
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
