import * as tf from '@tensorflow/tfjs';
import type { TensorflowBackend } from '../backends.js';
import { COLUMN_SUMS } from '../bias-activation/gradient.js';
import { execute } from '../tensorflow-kernel.js';

const SUM = 'Sum';

/**
 * Whether a sum leaves the last axis of several alone: what the gradient of a bias is, in tfjs's dense and convolution
 * layers.
 */
function sumsColumns(x: tf.TensorInfo, attrs: tf.NamedAttrMap | undefined): boolean {
  const { axis, keepDims } = attrs as unknown as { axis: number | number[] | undefined; keepDims: boolean };
  if (axis == null || keepDims || x.dtype !== 'float32' || x.shape.length < 2) return false;
  const axes = tf.util.parseAxisParam(axis, x.shape);
  return new Set(axes).size === x.shape.length - 1 && !axes.includes(x.shape.length - 1);
}

/**
 * Sums over all axes but the last by one native operation on TensorFlow, in an order that does not depend on the number
 * of threads.
 * tfjs makes the gradients of biases so, in fused and in plain layers.
 */
export function useFastColumnSums(): () => void {
  const stock = tf.getKernel(SUM, 'tensorflow');
  if (stock === undefined) return () => {};
  const fast: tf.KernelConfig = {
    ...stock,
    kernelFunc(params) {
      const x = params.inputs['x'] as tf.TensorInfo;
      if (!sumsColumns(x, params.attrs)) return stock.kernelFunc(params);
      const call = (tensorflow: TensorflowBackend) => [tensorflow.executeSingleOutput(COLUMN_SUMS, [], [x])];
      return execute(params.backend as TensorflowBackend, 'sum', call, [])[0] as tf.Tensor;
    },
  };
  const register = (kernel: tf.KernelConfig) => {
    tf.unregisterKernel(SUM, 'tensorflow');
    tf.registerKernel(kernel);
  };
  register(fast);
  return () => register(stock);
}
