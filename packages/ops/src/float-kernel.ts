import * as tf from '@tensorflow/tfjs';

/** The label of an operation's kernel in messages: `topKMask: kernel 'conv1/kernel'`. */
export function kernelLabel(op: string, name: string | undefined): string {
  return name === undefined ? `${op}: kernel` : `${op}: kernel '${name}'`;
}

/**
 * Converts the `kernel` argument of an operation to a float32 tensor.
 *
 * @throws TypeError if it is a tensor of another dtype or cannot be converted to a tensor
 */
export function floatKernel(op: string, kernel: tf.Tensor | tf.TensorLike): tf.Tensor {
  const tensor = kernel instanceof tf.Tensor ? kernel : asTensor(op, kernel);
  if (tensor.dtype !== 'float32') throw new TypeError(`${op}: kernel must be float32, got ${tensor.dtype}`);
  return tensor;
}

function asTensor(op: string, kernel: tf.TensorLike): tf.Tensor {
  if (kernel == null || typeof kernel === 'string') {
    throw new TypeError(`${op}: kernel must be a float32 tensor or nested numbers, got ${String(kernel)}`);
  }
  return tf.tensor(kernel as number[], undefined, 'float32');
}
