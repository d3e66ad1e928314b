import type * as tf from '@tensorflow/tfjs';
import type { TensorflowBackend } from '../backends.js';
import { boolAttribute, execute, hostScalars, intAttribute, stringAttribute } from '../tensorflow-kernel.js';
import { RANK_MASK, type RankMaskAttributes } from './rank-mask.js';

/** `rankMask` as the TensorFlow operation `WinnowRankMask`. */
export const rankMaskTensorflow: tf.KernelConfig = {
  kernelName: RANK_MASK,
  backendName: 'tensorflow',
  kernelFunc({ inputs, backend, attrs }) {
    const { scope, byMagnitude, block, globalCount, items } = attrs as unknown as RankMaskAttributes;
    const words = hostScalars([...block, globalCount, ...items.map(({ count }) => count)], 'int32');
    const call = (tensorflow: TensorflowBackend) =>
      tensorflow.executeMultipleOutputs(
        RANK_MASK,
        [
          intAttribute(tensorflow, 'N', items.length),
          stringAttribute(tensorflow, 'scope', scope),
          boolAttribute(tensorflow, 'by_magnitude', byMagnitude),
        ],
        [...items.map((_, i) => inputs[i] as tf.TensorInfo), words],
        items.length,
      );
    const labels = items.map(({ label }) => label);
    return execute(backend as TensorflowBackend, labels, call, [words]);
  },
};
