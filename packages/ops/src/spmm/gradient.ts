import * as tf from '@tensorflow/tfjs';
import { BIAS_ACTIVATION_GRAD, columnSums } from '../bias-activation/gradient.js';
import { RELU_GRAD } from '../fast-gradients/kernels.js';
import { runKernel } from '../run-kernel.js';
import { runSddmm } from '../sddmm/sddmm.js';
import { runSpmm, SPMM, type SpmmAttributes } from './spmm.js';

/**
 * With dy masked by the activation: the gradient of the values is the product of dy and the input, sampled at the
 * entries; that of the input is dy times the transposed sparse matrix; that of the bias is the sum of dy over the
 * tokens. The first output holds what the activation's gradient needs: for ReLU the result, for GELU the values it was
 * applied to, because GELU takes some values twice.
 */
export const spmmGradient: tf.GradConfig = {
  kernelName: SPMM,
  inputsToSave: ['values', 'columnIndices', 'rowOffsets', 'dense', 'plan', 'backPlan'],
  outputsToSave: [true],
  gradFunc(dy, saved, attrs) {
    const [values, columnIndices, rowOffsets, dense, plan, backPlan, first] = saved as [
      tf.Tensor,
      tf.Tensor,
      tf.Tensor,
      tf.Tensor,
      tf.Tensor,
      tf.Tensor,
      tf.Tensor,
    ];
    const attributes = attrs as unknown as SpmmAttributes;
    const { rows, columns, block, transposed, denseTokensOuter, outTokensOuter, hasBias, hasPlan } = attributes;
    // Compute it here: tfjs runs each of the three functions in a tidy, which would dispose it.
    const dSum = activationGradient(attributes, (Array.isArray(dy) ? dy[1] : dy) as tf.Tensor, first);
    const plans = transposed ? ([backPlan, plan] as const) : ([plan, backPlan] as const);
    return {
      values: () => {
        const pattern = { shape: [rows, columns] as const, block, columnIndices, rowOffsets };
        const unitSide = { tensor: dSum, tokensOuter: outTokensOuter };
        const channelSide = { tensor: dense, tokensOuter: denseTokensOuter };
        return transposed ? runSddmm(pattern, channelSide, unitSide) : runSddmm(pattern, unitSide, channelSide);
      },
      dense: () =>
        runSpmm(
          { values, columnIndices, rowOffsets, plans: hasPlan ? plans : undefined },
          dSum,
          tf.tensor1d([], 'float32'),
          {
            ...attributes,
            transposed: !transposed,
            denseTokensOuter: outTokensOuter,
            outTokensOuter: denseTokensOuter,
            activation: 'none',
            hasBias: false,
            keepsSums: false,
          },
        ),
      bias: () => (hasBias ? biasGradient(dSum, outTokensOuter) : tf.tensor1d([], 'float32')),
    };
  },
};

function biasGradient(dSum: tf.Tensor, tokensOuter: boolean): tf.Tensor {
  return tokensOuter ? columnSums(dSum) : tf.sum(dSum, 1);
}

function activationGradient({ activation }: SpmmAttributes, dy: tf.Tensor, first: tf.Tensor): tf.Tensor {
  if (activation === 'relu') return reluGradient(dy, first);
  return activation === 'gelu' ? geluGradient(dy, first) : dy;
}

function reluGradient(dy: tf.Tensor, y: tf.Tensor): tf.Tensor {
  // TensorFlow's own kernel, if useFastGradients() has registered it.
  return tf.getKernel(RELU_GRAD, tf.getBackend()) !== undefined
    ? (runKernel(RELU_GRAD, { dy, y }) as tf.Tensor)
    : tf.mul(dy, tf.cast(tf.greater(y, 0), 'float32'));
}

/** (Φ(x) + x · φ(x)) · dy, in one pass. */
function geluGradient(dy: tf.Tensor, x: tf.Tensor): tf.Tensor {
  const bias = tf.tensor1d([], 'float32');
  const attributes = { activation: 'gelu', hasBias: false };
  const [dx, dBias] = runKernel(BIAS_ACTIVATION_GRAD, { x, bias, dy }, attributes) as [tf.Tensor, tf.Tensor];
  tf.dispose([bias, dBias]);
  return dx;
}
