import * as tf from '@tensorflow/tfjs';
import { TOPK_MASK } from './topk-mask.js';

/** A mask is piecewise constant, so its gradient is zero. */
export const topKMaskGradient: tf.GradConfig = {
  kernelName: TOPK_MASK,
  inputsToSave: ['kernel'],
  gradFunc: (_dy, [kernel]) => ({ kernel: () => tf.zerosLike(kernel as tf.Tensor) }),
};
