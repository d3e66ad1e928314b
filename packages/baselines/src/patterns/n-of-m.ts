import * as tf from '@tensorflow/tfjs';
import { kernelMatrix } from '@winnow/ops';
import { masksOfSparsity } from './cut-lowest.js';
import { oneByOne, type Pattern } from './pattern.js';

/**
 * n of every m rows of a column that follow each other, what sparse tensor cores run (2:4). At a sparsity below its own
 * (while a schedule rises) ⌊sparsity · m⌋ of every m are cut; of the g < m rows that remain at the end ⌊sparsity · g⌋.
 *
 * @param n, m integers, 1 ≤ n < m
 */
export function nOfM(n: number, m: number): Pattern {
  const own = (m - n) / m;
  return {
    ...oneByOne,
    name: `${n}:${m}`,
    sparsity: own,
    allocations: ['uniform'],
    cut: (collected, sparsity) =>
      tf.tidy(() => {
        const share = Math.min(sparsity, own);
        const { fanIn, units } = kernelMatrix('nOfM', collected.shape);
        const matrix = tf.reshape(collected, [fanIn, units]) as tf.Tensor2D;
        const whole = fanIn - (fanIn % m);
        const count = whole / m;
        const parts: tf.Tensor[] = [];
        if (whole > 0) {
          // Every m rows as a column of their own.
          const groups = tf.transpose(
            tf.reshape(tf.slice(matrix, [0, 0], [whole, units]), [count, m, units]),
            [1, 0, 2],
          );
          const [mask] = masksOfSparsity([tf.reshape(groups, [m, count * units])], share, 'column') as [tf.Tensor];
          parts.push(tf.reshape(tf.transpose(tf.reshape(mask, [m, count, units]), [1, 0, 2]), [whole, units]));
        }
        if (whole < fanIn) {
          const rest = tf.slice(matrix, [whole, 0], [fanIn - whole, units]);
          parts.push(masksOfSparsity([rest], share, 'column')[0] as tf.Tensor);
        }
        return tf.reshape(parts.length === 0 ? tf.ones([0, units]) : tf.concat(parts, 0), collected.shape);
      }),
  };
}
