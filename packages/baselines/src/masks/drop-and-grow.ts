import * as tf from '@tensorflow/tfjs';
import { maskOfCount } from './mask-of-scores.js';

/**
 * One renewal of a mask: of its n kept weights the ⌊fraction · n⌋ of lowest magnitude are dropped, and as many of the others grow,
 * those with the highest growth scores. Exactly n are kept again. A weight that was just dropped may grow again.
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

/** Puts a new mask in place. What has just grown starts at zero; what was dropped is zero until it grows again. */
export function replaceMask(kernel: tf.Variable, mask: tf.Variable, renewed: tf.Tensor): void {
  tf.tidy(() => {
    kernel.assign(tf.mul(kernel, tf.mul(mask, renewed)));
    mask.assign(tf.clone(renewed));
  });
}

/** The share of kept weights that a step renews: α/2·(1 + cos(π·t/end)). @see arXiv 1911.11134, section 3 */
export function cosineFraction(fraction: number, step: number, end: number): number {
  return (fraction / 2) * (1 + Math.cos((Math.PI * Math.min(step, end)) / end));
}
