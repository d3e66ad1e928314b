import type * as tf from '@tensorflow/tfjs';
import type { TensorflowBackend } from '../backends.js';
import { boolAttribute, execute, floatAttribute, intAttribute } from '../tensorflow-kernel.js';
import { BATCH_NORM, BATCH_NORM_GRAD, type BatchNormAttributes, type BatchNormGradAttributes } from './batch-norm.js';

/** `batchNorm` as the TensorFlow operation `WinnowBatchNorm`. */
export const batchNormTensorflow: tf.KernelConfig = {
  kernelName: BATCH_NORM,
  backendName: 'tensorflow',
  kernelFunc({ inputs, backend, attrs }) {
    const a = attrs as unknown as BatchNormAttributes;
    const names = ['x', 'scale', 'offset', 'movingMean', 'movingVariance', ...(a.hasSkip ? ['skip'] : [])];
    const ordered = names.map((name) => inputs[name] as tf.TensorInfo);
    const tensorflow = backend as TensorflowBackend;
    const outputs = execute(
      tensorflow,
      'batchNorm',
      () =>
        tensorflow.executeMultipleOutputs(
          BATCH_NORM,
          [
            intAttribute(tensorflow, 'skips', a.hasSkip ? 1 : 0),
            boolAttribute(tensorflow, 'relu', a.relu),
            floatAttribute(tensorflow, 'epsilon', a.epsilon),
            floatAttribute(tensorflow, 'momentum', a.momentum),
          ],
          ordered,
          5,
        ),
      [],
    );
    return a.hasThrough ? [...outputs, again(tensorflow, inputs['x'] as tf.TensorInfo)] : outputs;
  },
};

/** A second reference to the same data, as tfjs's Identity returns it. */
function again(backend: TensorflowBackend, { dataId, shape, dtype }: tf.TensorInfo): tf.TensorInfo {
  backend.incRef(dataId);
  return { dataId, shape, dtype };
}

/** The gradients as `WinnowBatchNormGrad`: of x, scale, offset and, if there is one, skip. */
export const batchNormGradTensorflow: tf.KernelConfig = {
  kernelName: BATCH_NORM_GRAD,
  backendName: 'tensorflow',
  kernelFunc({ inputs, backend, attrs }) {
    const a = attrs as unknown as BatchNormGradAttributes;
    const optional = [...(a.hasSkip ? ['y'] : []), ...(a.hasThrough ? ['added'] : [])];
    const names = ['dy', 'x', 'scale', 'offset', 'mean', 'variance', ...optional];
    const ordered = names.map((name) => inputs[name] as tf.TensorInfo);
    const call = (tensorflow: TensorflowBackend) =>
      tensorflow.executeMultipleOutputs(
        BATCH_NORM_GRAD,
        [
          intAttribute(tensorflow, 'skips', a.hasSkip ? 1 : 0),
          intAttribute(tensorflow, 'addends', a.hasThrough ? 1 : 0),
          boolAttribute(tensorflow, 'relu', a.relu),
          floatAttribute(tensorflow, 'epsilon', a.epsilon),
        ],
        ordered,
        a.hasSkip ? 4 : 3,
      );
    return execute(backend as TensorflowBackend, 'batchNorm', call, []);
  },
};
