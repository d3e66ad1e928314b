import * as tf from '@tensorflow/tfjs';
import type { OpAttribute, TensorflowBackend } from '../backends.js';
import { runKernel } from '../run-kernel.js';

/**
 * TensorFlow's own SoftmaxCrossEntropyWithLogits: inputs logits, targets `[rows, classes]` → losses `[rows]`, dLogits.
 * tfjs-node registers a kernel of that name, too, which nothing in tfjs calls.
 */
const CROSS_ENTROPY = 'FusedSoftmaxCrossEntropyWithLogits';

const crossEntropyKernel: tf.KernelConfig = {
  kernelName: CROSS_ENTROPY,
  backendName: 'tensorflow',
  kernelFunc({ inputs, backend }) {
    const tensorflow = backend as TensorflowBackend;
    const { logits, targets } = inputs as Record<'logits' | 'targets', tf.TensorInfo>;
    const type: OpAttribute = {
      name: 'T',
      type: tensorflow.binding.TF_ATTR_TYPE,
      value: tensorflow.binding.TF_FLOAT,
    };
    return tensorflow.executeMultipleOutputs('SoftmaxCrossEntropyWithLogits', [type], [logits, targets], 2);
  },
};

/** The losses of all rows, with the gradients that tfjs gives both arguments. */
function crossEntropies(targets: tf.Tensor, logits: tf.Tensor): tf.Tensor {
  const operation = tf.customGrad((...given) => {
    const [$targets, $logits, save] = given as [tf.Tensor, tf.Tensor, tf.GradSaveFunc];
    const inputs = { logits: $logits, targets: $targets };
    const [value, slope] = runKernel(CROSS_ENTROPY, inputs) as [tf.Tensor, tf.Tensor];
    save([slope]);
    const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]) => {
      const dLogits = tf.mul(tf.expandDims(dy, -1), saved[0] as tf.Tensor);
      return [tf.neg(dLogits), dLogits];
    };
    return { value, gradFunc };
  });
  return operation(targets, logits);
}

type Loss = typeof tf.losses.softmaxCrossEntropy;

/** `tf.losses.softmaxCrossEntropy` of float32 matrices; everything else goes to tfjs's. */
export function useFastCrossEntropyLoss(): () => void {
  const stock = tf.losses.softmaxCrossEntropy;
  const fits = (tensor: unknown) => tensor instanceof tf.Tensor && tensor.dtype === 'float32' && tensor.rank === 2;
  const fast = (
    targets: tf.Tensor | tf.TensorLike,
    logits: tf.Tensor | tf.TensorLike,
    weights?: tf.Tensor | tf.TensorLike,
    labelSmoothing = 0,
    reduction?: tf.Reduction,
  ) => {
    const isFused =
      tf.getBackend() === 'tensorflow' &&
      fits(targets) &&
      fits(logits) &&
      tf.util.arraysEqual((targets as tf.Tensor).shape, (logits as tf.Tensor).shape);
    if (!isFused) return stock(targets, logits, weights, labelSmoothing, reduction);
    return tf.tidy(() => {
      const classes = (logits as tf.Tensor).shape[1] as number;
      const smoothed =
        labelSmoothing > 0
          ? tf.add(tf.mul(targets, 1 - labelSmoothing), labelSmoothing / classes)
          : (targets as tf.Tensor);
      return tf.losses.computeWeightedLoss(crossEntropies(smoothed, logits as tf.Tensor), weights, reduction);
    });
  };
  tf.registerKernel(crossEntropyKernel);
  tf.losses.softmaxCrossEntropy = fast as Loss;
  return () => {
    tf.losses.softmaxCrossEntropy = stock;
    tf.unregisterKernel(CROSS_ENTROPY, 'tensorflow');
  };
}
