import type * as tf from '@tensorflow/tfjs';
import type { TensorflowBackend } from '../backends.js';
import { boolAttribute, execute, hostScalars, intAttribute, stringAttribute } from '../tensorflow-kernel.js';
import { SPMM, type SpmmAttributes } from './spmm.js';

/** `spmm` as the TensorFlow operation `WinnowSpmm`, or with a plan, `WinnowSpmmPlanned`. */
export const spmmTensorflow: tf.KernelConfig = {
  kernelName: SPMM,
  backendName: 'tensorflow',
  kernelFunc({ inputs, backend, attrs }) {
    const a = attrs as unknown as SpmmAttributes;
    const { values, columnIndices, rowOffsets, dense, bias, plan } = inputs as Record<string, tf.TensorInfo>;
    const sizes = a.hasPlan ? [] : [hostScalars([a.rows, a.columns, ...(a.block ?? [1, 1])], 'int32')];
    const [name, ordered] = a.hasPlan
      ? ['WinnowSpmmPlanned', [plan, values, dense, bias]]
      : [SPMM, [values, columnIndices, rowOffsets, ...sizes, dense, bias]];
    const call = (tensorflow: TensorflowBackend) => {
      const attributes = [
        boolAttribute(tensorflow, 'dense_tokens_outer', a.denseTokensOuter),
        boolAttribute(tensorflow, 'out_tokens_outer', a.outTokensOuter),
        stringAttribute(tensorflow, 'activation', a.activation),
        intAttribute(tensorflow, 'sums', a.keepsSums ? 1 : 0),
      ];
      if (!a.hasPlan) {
        attributes.push(boolAttribute(tensorflow, 'blocked', a.block !== undefined));
        attributes.push(boolAttribute(tensorflow, 'transposed', a.transposed));
      }
      return tensorflow.executeMultipleOutputs(name, attributes, ordered as tf.TensorInfo[], a.keepsSums ? 2 : 1);
    };
    const outputs = execute(backend as TensorflowBackend, 'spmm', call, sizes);
    return outputs.length === 1 ? (outputs[0] as tf.Tensor) : outputs;
  },
};
