import * as tf from '@tensorflow/tfjs';
import { RELU_GRAD } from '../fast-gradients/kernels.js';
import { runSddmm } from '../sddmm/sddmm.js';
import { runSpmm, SPMM, type SpmmAttributes } from './spmm.js';

/**
 * With dy masked by the activation: the values' gradient is the product of dy and the input sampled at the entries, the
 * input's is dy times the transposed sparse matrix, the bias's the sum of dy over the tokens.
 */
export const spmmGradient: tf.GradConfig = {
  kernelName: SPMM,
  inputsToSave: ['values', 'columnIndices', 'rowOffsets', 'dense'],
  outputsToSave: [true],
  gradFunc(dy, saved, attrs) {
    const [values, columnIndices, rowOffsets, dense, y] = saved as [
      tf.Tensor,
      tf.Tensor,
      tf.Tensor,
      tf.Tensor,
      tf.Tensor,
    ];
    const attributes = attrs as unknown as SpmmAttributes;
    const { transposed, denseTokensOuter, outTokensOuter, hasBias } = attributes;
    // Here and not in the three functions: tfjs disposes of what each of those makes.
    const dSum = attributes.activation === 'relu' ? reluGradient(dy as tf.Tensor, y) : (dy as tf.Tensor);
    return {
      values: () => {
        const pattern = { columnIndices, rowOffsets };
        const unitSide = { tensor: dSum, tokensOuter: outTokensOuter };
        const channelSide = { tensor: dense, tokensOuter: denseTokensOuter };
        return transposed ? runSddmm(pattern, channelSide, unitSide) : runSddmm(pattern, unitSide, channelSide);
      },
      dense: () =>
        runSpmm({ values, columnIndices, rowOffsets }, dSum, tf.tensor1d([], 'float32'), {
          ...attributes,
          transposed: !transposed,
          denseTokensOuter: outTokensOuter,
          outTokensOuter: denseTokensOuter,
          activation: 'none',
          hasBias: false,
        }),
      bias: () => (hasBias ? tf.sum(dSum, outTokensOuter ? 0 : 1) : tf.tensor1d([], 'float32')),
    };
  },
};

function reluGradient(dy: tf.Tensor, y: tf.Tensor): tf.Tensor {
  // TensorFlow's own, where useFastGradients() has registered it.
  return tf.getKernel(RELU_GRAD, tf.getBackend()) !== undefined
    ? (tf.engine().runKernel(RELU_GRAD, { dy, y }) as tf.Tensor)
    : tf.mul(dy, tf.cast(tf.greater(y, 0), 'float32'));
}
