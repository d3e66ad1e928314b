import type * as tf from '@tensorflow/tfjs';
import type { TensorflowBackend } from '../backends.js';
import { boolAttribute, execute, hostScalars, stringAttribute } from '../tensorflow-kernel.js';
import { SPMM, type SpmmAttributes } from './spmm.js';

/** `spmm` as TensorFlow's custom operation `WinnowSpmm`. */
export const spmmTensorflow: tf.KernelConfig = {
  kernelName: SPMM,
  backendName: 'tensorflow',
  kernelFunc({ inputs, backend, attrs }) {
    const a = attrs as unknown as SpmmAttributes;
    const columns = hostScalars(a.columns, 'int32');
    const { values, columnIndices, rowOffsets, dense, bias } = inputs as Record<string, tf.TensorInfo>;
    const ordered = [values, columnIndices, rowOffsets, columns, dense, bias] as tf.TensorInfo[];
    const call = (tensorflow: TensorflowBackend) => [
      tensorflow.executeSingleOutput(
        SPMM,
        [
          boolAttribute(tensorflow, 'transposed', a.transposed),
          boolAttribute(tensorflow, 'dense_tokens_outer', a.denseTokensOuter),
          boolAttribute(tensorflow, 'out_tokens_outer', a.outTokensOuter),
          stringAttribute(tensorflow, 'activation', a.activation),
        ],
        ordered,
      ),
    ];
    return execute(backend as TensorflowBackend, 'spmm', call, [columns])[0] as tf.Tensor;
  },
};
