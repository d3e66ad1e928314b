import * as tf from '@tensorflow/tfjs';
import { gradientOf, type Score } from './score.js';

/**
 * |w·∂L/∂w| of this step: by how much the loss would change without the weight, to first order. @see arXiv 1810.02340
 * (SNIP)
 */
export const saliency: Score = {
  name: 'saliency',
  about: '|w·g| of this step',
  gradient: 'now',
  of: (scored) => tf.abs(tf.mul(scored.kernel, gradientOf('saliency', scored))),
};
