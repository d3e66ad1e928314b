import * as tf from '@tensorflow/tfjs';
import { type RankContext, type TransformContext, type WeightTransform, withCutWeights } from '@winnow/ops';
import { own } from '../own.js';
import { magnitudeOfProduct } from '../scores/magnitude.js';

/**
 * What all methods with a variable `mask` (float32 of zeros and ones, of the kernel's shape or `[units]`) have in
 * common.
 */
export function masked(method: string): Required<Pick<WeightTransform, 'apply' | 'scores' | 'targetMask'>> {
  return {
    apply(kernel: tf.Tensor, { variables }: TransformContext) {
      const mask = own(method, 'mask', variables);
      return withCutWeights(tf.mul(kernel, mask), { gradient: { mask } });
    },
    scores: (kernel: tf.Tensor, { granularity, variables }: RankContext) =>
      magnitudeOfProduct(kernel, own(method, 'mask', variables), granularity),
    targetMask: (kernel: tf.Tensor, { variables }: RankContext) =>
      tf.tidy(() => tf.cast(tf.broadcastTo(own(method, 'mask', variables), kernel.shape), 'bool')),
  };
}
