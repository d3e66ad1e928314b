import * as tf from '@tensorflow/tfjs';
import { checkKeys } from '@winnow/ops/arguments';
import { type AllocationName, findAllocation } from '../allocation/index.js';
import { masksOfSparsity } from '../patterns/cut-lowest.js';
import type { Pattern } from '../patterns/pattern.js';

/** Which weights fall together, how much of each layer, and what sparsity that makes in the end. */
export interface MaskAxes {
  readonly pattern: Pattern;
  readonly allocation: AllocationName;
  /** Of the whole network, in [0, 1]. */
  readonly sparsity: number;
}

/**
 * Axes that go together.
 *
 * @throws RangeError if the pattern cannot have the allocation, or has a sparsity of its own and another is asked for
 */
export function checkAxes(op: string, { pattern, allocation, sparsity }: MaskAxes): MaskAxes {
  findAllocation(op, allocation);
  if (!pattern.allocations.includes(allocation)) {
    const possible = pattern.allocations.join(' or ');
    throw new RangeError(`${op}: allocation must be ${possible} with pattern '${pattern.name}', got '${allocation}'`);
  }
  const own = pattern.sparsity;
  if (own === undefined) return { pattern, allocation, sparsity };
  // As many digits as one would type.
  if (Math.abs(sparsity - own) > 5e-3) {
    throw new RangeError(
      `${op}: sparsity must be ${Number(own.toFixed(4))} with pattern '${pattern.name}', got ${sparsity}`,
    );
  }
  return { pattern, allocation, sparsity: own };
}

/**
 * The share of each kernel that is cut while the network's sparsity is on its way to that of the axes; none for
 * `global`.
 */
export function layerShares(
  { allocation, sparsity }: MaskAxes,
  shapes: readonly (readonly number[])[],
  now = sparsity,
): number[] | undefined {
  const last = findAllocation('layerShares', allocation).shares(shapes, sparsity);
  if (now === sparsity) return last;
  // Shares follow from the last sparsity, so that no layer's falls again.
  return last?.map((share) => (sparsity === 0 ? 0 : Math.min(1, (share * now) / sparsity)));
}

/** When, and among what, masks are chosen. */
export interface ChooseOptions {
  /** The network's sparsity at this step, at most that of the axes. Default: that of the axes. */
  now?: number;
  /**
   * Masks that `chooseMasks` gave before: what they cut ranks below all else and so stays cut while the sparsity rises.
   */
  within?: readonly tf.Tensor[];
}

/**
 * Masks that cut the lowest scores of a network: float32 zeros and ones, 1 = kept, of the kernels' shapes or `[units]`
 * as the pattern has it.
 *
 * @param scores of the kernels, float32 of their shapes, ≥ 0
 * @throws RangeError if scores hold NaN
 */
export function chooseMasks(scores: readonly tf.Tensor[], axes: MaskAxes, options: ChooseOptions = {}): tf.Tensor[] {
  checkKeys('chooseMasks', 'options', options, ['now', 'within']);
  const { now = axes.sparsity, within } = options;
  const { pattern } = axes;
  return tf.tidy(() => {
    const shapes = scores.map(({ shape }) => shape);
    const collected = scores.map((of, i) => {
      const ranked = pattern.collect(of);
      if (within === undefined) return ranked;
      const isKept = tf.cast(pattern.gather(within[i] as tf.Tensor), 'bool');
      return tf.where(isKept, ranked, tf.fill(ranked.shape, -1));
    });
    const shares = layerShares(axes, shapes, now);
    const chosen =
      shares === undefined
        ? masksOfSparsity(collected, now, 'global')
        : collected.map((of, i) => pattern.cut(of, shares[i] as number));
    return chosen.map((mask, i) => pattern.spread(mask, shapes[i] as number[]));
  });
}
