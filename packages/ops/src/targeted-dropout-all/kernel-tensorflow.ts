import type * as tf from '@tensorflow/tfjs';
import * as tfjs from '@tensorflow/tfjs';
import type { TensorflowBackend } from '../backends.js';
import { boolAttribute, execute, hostScalars, intAttribute, stringAttribute } from '../tensorflow-kernel.js';
import { TARGETED_DROPOUT_ALL_GRAD, type TargetedDropoutAllGradAttributes } from './gradient.js';
import { TARGETED_DROPOUT_ALL, type TargetedDropoutAllAttributes } from './targeted-dropout-all.js';

/** `targetedDropoutAll` as the TensorFlow operation `WinnowTargetedDropoutAll`. */
export const targetedDropoutAllTensorflow: tf.KernelConfig = {
  kernelName: TARGETED_DROPOUT_ALL,
  backendName: 'tensorflow',
  kernelFunc({ inputs, backend, attrs }) {
    const a = attrs as unknown as TargetedDropoutAllAttributes;
    // `| 0` keeps the bits of an unsigned word in an int32 tensor.
    const words = [a.threshold, a.key[0] | 0, a.key[1] | 0, a.step];
    for (const { count, kernelId } of a.kernels) words.push(count, kernelId | 0);
    const draw = hostScalars(words, 'int32');
    const scale = hostScalars(a.scale, 'float32');
    // A copy: the tensor may keep the array, and the caller changes it after the call.
    const start = tfjs.tensor1d(a.start?.slice() ?? new Int32Array(0), 'int32');
    const call = (tensorflow: TensorflowBackend) =>
      tensorflow.executeMultipleOutputs(
        TARGETED_DROPOUT_ALL,
        [
          intAttribute(tensorflow, 'N', a.kernels.length),
          stringAttribute(tensorflow, 'granularity', a.granularity),
          stringAttribute(tensorflow, 'coin', a.coin),
          boolAttribute(tensorflow, 'rescale', a.rescale),
        ],
        [...a.kernels.map((_, i) => inputs[i] as tf.TensorInfo), start, draw, scale],
        3 + a.kernels.length,
      );
    const labels = a.kernels.map(({ label }) => label);
    return execute(backend as TensorflowBackend, labels, call, [start, draw, scale]);
  },
};

/** The gradients as `WinnowTargetedDropoutAllGrad`. */
export const targetedDropoutAllGradTensorflow: tf.KernelConfig = {
  kernelName: TARGETED_DROPOUT_ALL_GRAD,
  backendName: 'tensorflow',
  kernelFunc({ inputs, backend, attrs }) {
    const a = attrs as unknown as TargetedDropoutAllGradAttributes;
    const scale = hostScalars(a.scale, 'float32');
    const dys = Array.from({ length: a.kernels }, (_, i) => inputs[i] as tf.TensorInfo);
    const { kept, scaled } = inputs as Record<'kept' | 'scaled', tf.TensorInfo>;
    const call = (tensorflow: TensorflowBackend) =>
      tensorflow.executeMultipleOutputs(
        TARGETED_DROPOUT_ALL_GRAD,
        [intAttribute(tensorflow, 'N', a.kernels)],
        [...dys, kept, scaled, scale],
        a.kernels,
      );
    return execute(backend as TensorflowBackend, 'targetedDropoutAll: dys', call, [scale]);
  },
};
