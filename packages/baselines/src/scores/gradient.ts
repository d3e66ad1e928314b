import * as tf from '@tensorflow/tfjs';
import { gradientOf, type Score } from './score.js';

/** |∂L/∂w| of this step, which a weight at zero has as well: what RigL grows by. */
export const gradient: Score = {
  name: 'gradient',
  about: '|g|',
  gradient: 'now',
  of: (scored) => tf.abs(gradientOf('gradient', scored)),
};
