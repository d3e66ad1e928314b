import * as tf from '@tensorflow/tfjs';
import type { SteppedKernel } from '@winnow/ops';
import { maskOfCount } from '../patterns/cut-lowest.js';
import type { Pattern } from '../patterns/pattern.js';

/**
 * One renewal of a mask: of its n kept weights the ⌊fraction · n⌋ of lowest magnitude are dropped, and as many of the
 * others grow, those with the highest growth scores. Exactly n are kept again. A weight that was just dropped may grow
 * again.
 *
 * @param mask float32 zeros and ones of the kernel's shape
 * @param growth float32 of the kernel's shape, ≥ 0
 */
export function dropAndGrow(kernel: tf.Tensor, mask: tf.Tensor, growth: tf.Tensor, fraction: number): tf.Tensor {
  return tf.tidy(() => {
    const kept = Math.round(tf.sum(mask).dataSync()[0] as number);
    const dropped = Math.min(Math.floor(fraction * kept), kernel.size - kept);
    // Weights that are not kept rank below every |w| ≥ 0.
    const survivors = maskOfCount(
      tf.where(tf.cast(mask, 'bool'), tf.abs(kernel), tf.fill(kernel.shape, -1)),
      kept - dropped,
    );
    const unit = tf.div(growth, tf.maximum(tf.max(growth), 1e-30));
    // Survivors rank above every growth score in [0, 1].
    return maskOfCount(tf.where(tf.cast(survivors, 'bool'), tf.fill(kernel.shape, 2), unit), kept);
  });
}

/**
 * The same for what falls together by a pattern: columns or blocks go and come as a whole, by the L2 norms of weights
 * and growth.
 */
export function dropAndGrowByPattern(
  pattern: Pattern,
  kernel: tf.Tensor,
  mask: tf.Tensor,
  growth: tf.Tensor,
  fraction: number,
): tf.Tensor {
  return tf.tidy(() => {
    const renewed = dropAndGrow(
      pattern.collect(tf.abs(kernel)),
      pattern.gather(mask),
      pattern.collect(growth),
      fraction,
    );
    return pattern.spread(renewed, kernel.shape);
  });
}

/**
 * Puts a new mask in place. What has just grown starts at zero, without momentum; what was dropped is zero until it
 * grows again, and its momentum is gone.
 */
export function replaceMask({ kernel, variables, forget }: SteppedKernel, renewed: tf.Tensor): void {
  tf.tidy(() => {
    const mask = variables['mask'] as tf.Variable;
    // A mask of units stands for their columns.
    forget?.(tf.cast(tf.broadcastTo(tf.cast(tf.notEqual(mask, renewed), 'int32'), kernel.shape), 'bool'));
    kernel.assign(tf.mul(kernel, tf.mul(mask, renewed)));
    mask.assign(tf.clone(renewed));
  });
}
