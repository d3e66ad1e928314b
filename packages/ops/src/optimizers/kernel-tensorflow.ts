import * as tf from '@tensorflow/tfjs';
import type { TensorflowBackend } from '../backends.js';
import { boolAttribute, execute, hostScalars, intAttribute } from '../tensorflow-kernel.js';
import { ADAM_STEP, type AdamStepAttributes } from './adam.js';
import { SGD_STEP, type SgdStepAttributes } from './sgd.js';

/** The inputs in order. */
function inOrder(inputs: tf.NamedTensorInfoMap, count: number): tf.TensorInfo[] {
  return Array.from({ length: count }, (_, i) => inputs[i] as tf.TensorInfo);
}

/** The step of `sgd` as the TensorFlow operation `WinnowSgdStep`. */
export const sgdStepTensorflow: tf.KernelConfig = {
  kernelName: SGD_STEP,
  backendName: 'tensorflow',
  kernelFunc({ inputs, backend, attrs }) {
    const a = attrs as unknown as SgdStepAttributes;
    const momenta = a.hasMomentum ? a.count : 0;
    const decay = tf.tensor2d([...a.decay], [a.count, 2], 'float32');
    const settings = hostScalars([a.learningRate, a.momentum, a.clipNorm], 'float32');
    const call = (tensorflow: TensorflowBackend) =>
      tensorflow.executeMultipleOutputs(
        SGD_STEP,
        [
          intAttribute(tensorflow, 'N', a.count),
          intAttribute(tensorflow, 'M', momenta),
          boolAttribute(tensorflow, 'nesterov', a.nesterov),
        ],
        [...inOrder(inputs, 2 * a.count + momenta), decay, settings],
        a.count + momenta,
      );
    return execute(backend as TensorflowBackend, 'sgd', call, [decay, settings]);
  },
};

/** The step of `adam` as the TensorFlow operation `WinnowAdamStep`. */
export const adamStepTensorflow: tf.KernelConfig = {
  kernelName: ADAM_STEP,
  backendName: 'tensorflow',
  kernelFunc({ inputs, backend, attrs }) {
    const a = attrs as unknown as AdamStepAttributes;
    const decay = tf.tensor2d([...a.decay], [a.count, 2], 'float32');
    const settings = hostScalars(
      [a.stepSize, 1 - a.beta1, a.beta2, 1 - a.beta2, a.epsilon, a.rootScale, a.clipNorm],
      'float32',
    );
    const call = (tensorflow: TensorflowBackend) =>
      tensorflow.executeMultipleOutputs(
        ADAM_STEP,
        [intAttribute(tensorflow, 'N', a.count)],
        [...inOrder(inputs, 4 * a.count), decay, settings],
        3 * a.count,
      );
    return execute(backend as TensorflowBackend, 'adam', call, [decay, settings]);
  },
};
