import type * as tf from '@tensorflow/tfjs';
import { runKernel } from '../run-kernel.js';
import { CONV3X3, CONV3X3_FILTER_GRAD, CONV3X3_INPUT_GRAD } from './conv3x3.js';

/** Both gradients are kernels of their own; each runs only if it is asked for. */
export const conv3x3Gradient: tf.GradConfig = {
  kernelName: CONV3X3,
  inputsToSave: ['x', 'filter'],
  gradFunc(dy, saved) {
    const [x, filter] = saved as [tf.Tensor, tf.Tensor];
    const run = (name: string, inputs: Record<string, tf.Tensor>) => runKernel(name, inputs) as tf.Tensor;
    return {
      x: () => run(CONV3X3_INPUT_GRAD, { dy: dy as tf.Tensor, filter }),
      filter: () => run(CONV3X3_FILTER_GRAD, { x, dy: dy as tf.Tensor }),
    };
  },
};
