import * as tf from '@tensorflow/tfjs';
import { own } from '../own.js';
import type { Score } from './score.js';

/** Memory of the averages of |w·g|. */
const MOMENTUM = 0.9;

/** |w·∂L/∂w| averaged over steps. @see Molchanov et al., arXiv 1906.10771 */
export const taylor: Score = {
  name: 'taylor',
  about: '|w·g| averaged over steps',
  gradient: 'always',
  variables: (kernel) => ({ taylor: { initial: tf.zeros(kernel.shape) } }),
  of: ({ variables }) => tf.clone(own('taylor', 'taylor', variables)),
  remember(kernel, gradient, variables) {
    const average = variables['taylor'] as tf.Variable;
    const now = tf.mul(tf.abs(tf.mul(kernel, gradient)), 1 - MOMENTUM);
    average.assign(tf.add(tf.mul(average, MOMENTUM), now));
  },
};
