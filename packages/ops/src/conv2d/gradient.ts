import type * as tf from '@tensorflow/tfjs';
import { runKernel } from '../run-kernel.js';
import { CONV2D, CONV2D_FILTER_GRAD, CONV2D_INPUT_GRAD, CONV2D_KEPT_FILTER_GRAD } from './conv2d.js';
import { type Conv2dComputation, type Conv2dGeometry, restOf } from './geometry.js';

/** Both gradients are kernels of their own; each runs only if it is asked for. */
export const conv2dGradient: tf.GradConfig = {
  kernelName: CONV2D,
  inputsToSave: ['x', 'filter'],
  // The mask, if there is one: no gradient goes to it, so it is no input.
  outputsToSave: [false, true],
  gradFunc(dy, saved, attrs) {
    const [x, filter, mask = filter] = saved as [tf.Tensor4D, tf.Tensor4D, tf.Tensor4D?];
    const gradient = (Array.isArray(dy) ? dy[0] : dy) as tf.Tensor4D;
    const { execution, filterGradient, mask: _, ...geometry } = attrs as unknown as Conv2dGeometry & Conv2dComputation;
    const kernel: [number, number] = [filter.shape[0], filter.shape[1]];
    const rest = restOf([x.shape[1], x.shape[2]], [gradient.shape[1], gradient.shape[2]], kernel, geometry);
    const run = (name: string, inputs: Record<string, tf.Tensor>, own: object) =>
      runKernel(name, inputs, { ...geometry, ...own }) as tf.Tensor;
    return {
      x: () => run(CONV2D_INPUT_GRAD, { filter, dy: gradient }, { rest, execution }),
      filter: () =>
        filterGradient === 'kept'
          ? run(CONV2D_KEPT_FILTER_GRAD, { x, dy: gradient, mask }, {})
          : run(CONV2D_FILTER_GRAD, { x, dy: gradient }, { kernel }),
    };
  },
};
