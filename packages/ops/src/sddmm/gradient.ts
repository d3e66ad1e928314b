import * as tf from '@tensorflow/tfjs';
import { runSpmm } from '../spmm/spmm.js';
import { SDDMM, type SddmmAttributes } from './sddmm.js';

/** The gradient of each input is the other input times a sparse matrix whose values are the incoming gradient. */
export const sddmmGradient: tf.GradConfig = {
  kernelName: SDDMM,
  inputsToSave: ['columnIndices', 'rowOffsets', 'rowInput', 'columnInput'],
  gradFunc(dy, saved, attrs) {
    const [columnIndices, rowOffsets, rowInput, columnInput] = saved as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
    const { rows, columns, block, rowTokensOuter, columnTokensOuter } = attrs as unknown as SddmmAttributes;
    const sparse = { values: dy as tf.Tensor, columnIndices, rowOffsets, plans: undefined };
    const common = {
      rows,
      columns,
      block,
      activation: 'none',
      hasBias: false,
      hasPlan: false,
      keepsSums: false,
    } as const;
    const none = () => tf.tensor1d([], 'float32');
    return {
      rowInput: () =>
        runSpmm(sparse, columnInput, none(), {
          ...common,
          transposed: false,
          denseTokensOuter: columnTokensOuter,
          outTokensOuter: rowTokensOuter,
        }),
      columnInput: () =>
        runSpmm(sparse, rowInput, none(), {
          ...common,
          transposed: true,
          denseTokensOuter: rowTokensOuter,
          outTokensOuter: columnTokensOuter,
        }),
    };
  },
};
