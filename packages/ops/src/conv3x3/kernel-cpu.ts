import * as tf from '@tensorflow/tfjs';
import { CONV3X3, CONV3X3_FILTER_GRAD, CONV3X3_INPUT_GRAD } from './conv3x3.js';

/** tfjs's own kernel of the JavaScript backend. */
function stock(name: string, inputs: tf.NamedTensorInfoMap, backend: object, attrs: object): tf.TensorInfo {
  const kernel = tf.getKernel(name, 'cpu') as tf.KernelConfig;
  const common = { strides: 1, pad: 'same', dataFormat: 'NHWC', dilations: 1 };
  return kernel.kernelFunc({ inputs, backend, attrs: { ...common, ...attrs } }) as tf.TensorInfo;
}

/** `conv3x3` in plain JavaScript: tfjs's convolution. */
export const conv3x3Cpu: tf.KernelConfig = {
  kernelName: CONV3X3,
  backendName: 'cpu',
  kernelFunc: ({ inputs, backend }) => stock(tf.Conv2D, inputs, backend as object, {}),
};

/** Its gradients. */
export const conv3x3InputGradCpu: tf.KernelConfig = {
  kernelName: CONV3X3_INPUT_GRAD,
  backendName: 'cpu',
  kernelFunc({ inputs, backend }) {
    const { dy, filter } = inputs as Record<'dy' | 'filter', tf.TensorInfo>;
    const inputShape = [...dy.shape.slice(0, 3), filter.shape[2] as number];
    return stock(tf.Conv2DBackpropInput, inputs, backend as object, { inputShape });
  },
};
export const conv3x3FilterGradCpu: tf.KernelConfig = {
  kernelName: CONV3X3_FILTER_GRAD,
  backendName: 'cpu',
  kernelFunc({ inputs, backend }) {
    const { x, dy } = inputs as Record<'x' | 'dy', tf.TensorInfo>;
    const filterShape = [3, 3, x.shape[3] as number, dy.shape[3] as number];
    return stock(tf.Conv2DBackpropFilter, inputs, backend as object, { filterShape });
  },
};
