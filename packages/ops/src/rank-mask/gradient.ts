import * as tf from '@tensorflow/tfjs';
import { RANK_MASK, type RankMaskAttributes } from './rank-mask.js';

/** A mask is piecewise constant, so its gradient is zero. */
export const rankMaskGradient: tf.GradConfig = {
  kernelName: RANK_MASK,
  gradFunc(_dy, _saved, attrs) {
    const { items } = attrs as unknown as RankMaskAttributes;
    return Object.fromEntries(items.map(({ shape }, i) => [i, () => tf.zeros(shape)]));
  },
};
