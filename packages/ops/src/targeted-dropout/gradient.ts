import type * as tf from '@tensorflow/tfjs';
import { runKernel } from '../run-kernel.js';
import { TARGETED_DROPOUT, type TargetedDropoutAttributes } from './targeted-dropout.js';

/** Name of the kernel that masks the incoming gradient, in tfjs's registry and in TensorFlow. */
export const TARGETED_DROPOUT_GRAD = 'WinnowTargetedDropoutGrad';

/** Attributes of the gradient kernel. */
export interface TargetedDropoutGradAttributes {
  scale: number;
}

/** dx = mask · dy, times the scale if survivors are rescaled. A dropped weight gets no gradient in this step. */
export const targetedDropoutGradient: tf.GradConfig = {
  kernelName: TARGETED_DROPOUT,
  outputsToSave: [false, true, true],
  gradFunc(dy, saved, attrs) {
    const [kept, scaled] = saved as [tf.Tensor, tf.Tensor];
    const { scale } = attrs as unknown as TargetedDropoutAttributes;
    const [dOutput] = dy as tf.Tensor[];
    return {
      kernel: () =>
        runKernel(TARGETED_DROPOUT_GRAD, { dy: dOutput as tf.Tensor, kept, scaled }, { scale }) as tf.Tensor,
    };
  },
};
