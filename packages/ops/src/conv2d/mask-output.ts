import * as tf from '@tensorflow/tfjs';

/**
 * A kernel of a convolution that gives a mask, if its attributes have one, as its second output, which is kept for the
 * gradient. As an input, tfjs would ask for a gradient of a mask that depends on weights.
 */
export function withMask(kernel: tf.KernelConfig): tf.KernelConfig {
  return {
    ...kernel,
    kernelFunc(params) {
      const y = kernel.kernelFunc(params);
      const { mask } = params.attrs as { mask?: tf.TensorInfo };
      return mask === undefined ? y : [y as tf.TensorInfo, shared(mask, kernel.backendName, params.backend)];
    },
  };
}

/** The same data, that lives as long as either. */
export function shared(tensor: tf.TensorInfo, backendName: string, backend: object): tf.TensorInfo {
  const identity = tf.getKernel(tf.Identity, backendName);
  return identity.kernelFunc({ inputs: { x: tensor }, backend, attrs: {} }) as tf.TensorInfo;
}
