import type * as tf from '@tensorflow/tfjs';
import { runKernel } from '../run-kernel.js';
import { TARGETED_DROPOUT_ALL, type TargetedDropoutAllAttributes } from './targeted-dropout-all.js';

/** Name of the kernel that masks all incoming gradients, in tfjs's registry and in TensorFlow. */
export const TARGETED_DROPOUT_ALL_GRAD = 'WinnowTargetedDropoutAllGrad';

/** Attributes of the gradient kernel. */
export interface TargetedDropoutAllGradAttributes {
  kernels: number;
  scale: number;
}

/** The gradient of `targetedDropout`, for all kernels at once. */
export const targetedDropoutAllGradient: tf.GradConfig = {
  kernelName: TARGETED_DROPOUT_ALL,
  // The bits are the first outputs, because the number of the others varies.
  outputsToSave: [true, true],
  gradFunc(dy, saved, attrs) {
    const [kept, scaled] = saved as [tf.Tensor, tf.Tensor];
    const { kernels, scale } = attrs as unknown as TargetedDropoutAllAttributes;
    const dys = (dy as tf.Tensor[]).slice(3);
    const inputs = { ...Object.fromEntries(dys.map((gradient, i) => [i, gradient])), kept, scaled };
    // Compute them here: tfjs runs each function below in a tidy, which would dispose the gradients of the others.
    const dxs = runKernel(TARGETED_DROPOUT_ALL_GRAD, inputs, { kernels: kernels.length, scale }) as tf.Tensor[];
    return Object.fromEntries(dxs.map((dx, i) => [i, () => dx]));
  },
};
