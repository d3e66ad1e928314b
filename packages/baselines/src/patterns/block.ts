import * as tf from '@tensorflow/tfjs';
import { kernelMatrix } from '@winnow/ops';
import { masksOfSparsity } from './cut-lowest.js';
import type { Pattern } from './pattern.js';

/**
 * Blocks of the matrix `[fanIn, units]`, by the L2 norm of their scores. Those at the right and lower edge may be
 * smaller.
 *
 * @param rows, columns integers ≥ 1
 */
export function block(rows: number, columns: number): Pattern {
  const groups = (shape: readonly number[]) => {
    const { fanIn, units } = kernelMatrix('block', shape);
    return { fanIn, units, down: Math.ceil(fanIn / rows), across: Math.ceil(units / columns) };
  };
  const collect = (scores: tf.Tensor) =>
    tf.tidy(() => {
      const { fanIn, units, down, across } = groups(scores.shape);
      const matrix = tf.reshape(scores, [fanIn, units]) as tf.Tensor2D;
      const padded = tf.pad(matrix, [
        [0, down * rows - fanIn],
        [0, across * columns - units],
      ]);
      return tf.sqrt(tf.sum(tf.square(tf.reshape(padded, [down, rows, across, columns])), [1, 3]));
    });
  return {
    name: `${rows}x${columns}`,
    allocations: ['uniform', 'erk', 'global'],
    groups(shape) {
      const { down, across } = groups(shape);
      return [down, across];
    },
    collect,
    cut: (collected, sparsity) => masksOfSparsity([collected], sparsity, 'layer')[0] as tf.Tensor,
    spread: (chosen, shape) =>
      tf.tidy(() => {
        const { fanIn, units, down, across } = groups(shape);
        const wide = tf.tile(tf.reshape(chosen, [down, 1, across, 1]), [1, rows, 1, columns]);
        const matrix = tf.reshape(wide, [down * rows, across * columns]) as tf.Tensor2D;
        return tf.reshape(tf.slice(matrix, [0, 0], [fanIn, units]), [...shape]);
      }),
    gather: (mask) => tf.tidy(() => tf.cast(tf.greater(collect(mask), 0), 'float32')),
  };
}
