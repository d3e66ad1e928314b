import * as tf from '@tensorflow/tfjs';
import type { Granularity } from '@winnow/ops';

/**
 * What pruning ranks where every weight or column has a trained gate (L0): log a, which orders as the gate does, but
 * tells gates apart that are clipped to 0 or 1.
 *
 * @param logA of the kernel's shape, or `[units]`
 */
export function gateScores(logA: tf.Tensor, kernel: tf.Tensor, granularity: Granularity): tf.Tensor {
  return tf.tidy(() => {
    const isPerUnit = logA.rank < kernel.rank;
    if (granularity === 'weight') return isPerUnit ? tf.broadcastTo(logA, kernel.shape) : tf.clone(logA);
    return isPerUnit ? tf.clone(logA) : tf.mean(tf.reshape(logA, [-1, kernel.shape.at(-1) as number]), 0);
  });
}
