import type * as tf from '@tensorflow/tfjs';
import type { TensorflowBackend } from '../backends.js';
import { boolAttribute, execute, hostScalars } from '../tensorflow-kernel.js';
import { SDDMM, type SddmmAttributes } from './sddmm.js';

/** `sddmm` as the TensorFlow operation `WinnowSddmm`. */
export const sddmmTensorflow: tf.KernelConfig = {
  kernelName: SDDMM,
  backendName: 'tensorflow',
  kernelFunc({ inputs, backend, attrs }) {
    const { rowTokensOuter, columnTokensOuter, block } = attrs as unknown as SddmmAttributes;
    const { columnIndices, rowOffsets, rowInput, columnInput } = inputs as Record<string, tf.TensorInfo>;
    const blockSize = hostScalars(block ?? [1, 1], 'int32');
    const ordered = [columnIndices, rowOffsets, rowInput, columnInput, blockSize] as tf.TensorInfo[];
    const call = (tensorflow: TensorflowBackend) => [
      tensorflow.executeSingleOutput(
        SDDMM,
        [
          boolAttribute(tensorflow, 'blocked', block !== undefined),
          boolAttribute(tensorflow, 'row_tokens_outer', rowTokensOuter),
          boolAttribute(tensorflow, 'column_tokens_outer', columnTokensOuter),
        ],
        ordered,
      ),
    ];
    return execute(backend as TensorflowBackend, 'sddmm', call, [blockSize])[0] as tf.Tensor;
  },
};
