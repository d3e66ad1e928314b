import * as tf from '@tensorflow/tfjs';
import { type BatchNormalizationLayer, callFused, fitsFusedKernel } from './batch-norm-layer.js';
import { batchNormTrainingGradient, RELU, reluGradient } from './gradients.js';
import { batchNormTrainingGradKernel, batchNormTrainingKernel, reluGradKernel } from './kernels.js';
import { replacements } from './replacements.js';

let restore: (() => void) | undefined;

/**
 * Makes training of any tf.layers model on the backend `tensorflow` faster: BatchNorm in training and the gradients of
 * BatchNorm and ReLU run as TensorFlow's single fused kernels instead of tfjs's compositions; LayerNorm, GELU and the gradients of
 * biases run as Winnow's. Results equal those of stock tfjs within rounding. Acts on the whole process; calling it again changes nothing.
 *
 * @returns a function that puts stock tfjs back
 */
export function useFastGradients(): () => void {
  if (restore !== undefined) return restore;
  const kernels = [reluGradKernel, batchNormTrainingKernel, batchNormTrainingGradKernel];
  for (const kernel of kernels) tf.registerKernel(kernel);
  tf.registerGradient(batchNormTrainingGradient);

  const stockReluGradient = tf.getGradient(RELU);
  tf.unregisterGradient(RELU);
  tf.registerGradient(reluGradient);

  const prototype = Object.getPrototypeOf(tf.layers.batchNormalization({})) as BatchNormalizationLayer;
  const stockCall = prototype.call;
  prototype.call = function (this: BatchNormalizationLayer, inputs, kwargs) {
    const input = (Array.isArray(inputs) ? inputs[0] : inputs) as tf.Tensor;
    if (kwargs?.['training'] !== true || !fitsFusedKernel(this, input)) return stockCall.call(this, inputs, kwargs);
    return tf.tidy(() => callFused(this, input));
  };

  const others = replacements.map((replace) => replace());

  const putBack = () => {
    if (restore !== putBack) return;
    for (const putOtherBack of others) putOtherBack();
    prototype.call = stockCall;
    tf.unregisterGradient(RELU);
    tf.registerGradient(stockReluGradient);
    tf.unregisterGradient(batchNormTrainingGradient.kernelName);
    for (const kernel of kernels) tf.unregisterKernel(kernel.kernelName, kernel.backendName);
    restore = undefined;
  };
  restore = putBack;
  return putBack;
}
