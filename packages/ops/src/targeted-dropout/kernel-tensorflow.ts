import type * as tf from '@tensorflow/tfjs';
import type { TensorflowBackend } from '../backends.js';
import { boolAttribute, execute, hostScalars, stringAttribute } from '../tensorflow-kernel.js';
import { TARGETED_DROPOUT_GRAD, type TargetedDropoutGradAttributes } from './gradient.js';
import { TARGETED_DROPOUT, type TargetedDropoutAttributes } from './targeted-dropout.js';

/** `targetedDropout` as the TensorFlow operation `WinnowTargetedDropout`. */
export const targetedDropoutTensorflow: tf.KernelConfig = {
  kernelName: TARGETED_DROPOUT,
  backendName: 'tensorflow',
  kernelFunc({ inputs, backend, attrs }) {
    const kernel = inputs['kernel'] as tf.TensorInfo;
    const a = attrs as unknown as TargetedDropoutAttributes;
    // `| 0` keeps the bits of an unsigned word in an int32 tensor.
    const draw = hostScalars([a.count, a.threshold, a.key[0] | 0, a.key[1] | 0, a.kernelId | 0, a.step], 'int32');
    const scale = hostScalars(a.scale, 'float32');
    const call = (tensorflow: TensorflowBackend) =>
      tensorflow.executeMultipleOutputs(
        TARGETED_DROPOUT,
        [
          stringAttribute(tensorflow, 'granularity', a.granularity),
          stringAttribute(tensorflow, 'coin', a.coin),
          boolAttribute(tensorflow, 'rescale', a.rescale),
        ],
        [kernel, draw, scale],
        3,
      );
    return execute(backend as TensorflowBackend, a.label, call, [draw, scale]);
  },
};

/** The gradient as `WinnowTargetedDropoutGrad`: one pass over dy, one bit per weight. */
export const targetedDropoutGradTensorflow: tf.KernelConfig = {
  kernelName: TARGETED_DROPOUT_GRAD,
  backendName: 'tensorflow',
  kernelFunc({ inputs, backend, attrs }) {
    const scale = hostScalars((attrs as unknown as TargetedDropoutGradAttributes).scale, 'float32');
    const { dy, kept, scaled } = inputs as Record<'dy' | 'kept' | 'scaled', tf.TensorInfo>;
    const call = (tensorflow: TensorflowBackend) => [
      tensorflow.executeSingleOutput(TARGETED_DROPOUT_GRAD, [], [dy, kept, scaled, scale]),
    ];
    return execute(backend as TensorflowBackend, 'targetedDropout: dy', call, [scale])[0] as tf.Tensor;
  },
};
