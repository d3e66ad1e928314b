/** The one door from Winnow's operations to their kernels. */

import * as tf from '@tensorflow/tfjs';

/**
 * Runs a kernel on the current backend.
 *
 * @throws Error if the backend has no such kernel; it says which have, and how to come by one
 */
export function runKernel(
  kernelName: string,
  inputs: tf.NamedTensorMap,
  attributes: object = {},
): tf.Tensor | tf.Tensor[] {
  tf.backend(); // tfjs chooses one with the first use; before that it has no name.
  const backend = tf.getBackend();
  if (tf.getKernel(kernelName, backend) === undefined) throw new Error(noKernel(kernelName, backend));
  return tf.engine().runKernel(kernelName, inputs, attributes as tf.NamedAttrMap) as tf.Tensor | tf.Tensor[];
}

function noKernel(kernelName: string, backend: string): string {
  const op = kernelName.replace(/^Winnow(.)/, (_, first: string) => first.toLowerCase());
  const able = ['cpu', 'tensorflow', ...Object.keys(tf.engine().registryFactory)].filter(
    (name) => tf.getKernel(kernelName, name) !== undefined,
  );
  const names = [...new Set(able)].map((name) => `'${name}'`);
  const advice = [
    ...(names.includes("'cpu'") ? ["call tf.setBackend('cpu')"] : []),
    ...(names.includes("'tensorflow'") ? [hasTensorflow() ? "call tf.setBackend('tensorflow')" : importAdvice()] : []),
  ];
  const where = `the backend '${backend}' has no kernel for it; it runs on ${names.join(' and ')}`;
  return `${op}: ${where}. To mend it, ${advice.join(', or ')}.`;
}

/** Whether tfjs-node is in this process: the backend `tensorflow`. */
export function hasTensorflow(): boolean {
  return 'tensorflow' in tf.engine().registryFactory;
}

/** How to have it. */
export function importAdvice(): string {
  return "in Node.js import { tf } from '@winnow/tensorflow' instead of '@tensorflow/tfjs'";
}
