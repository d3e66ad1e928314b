/** A linear layer some of whose weights are cut, on TensorFlow. */

import * as tf from '@tensorflow/tfjs';
import type { OpAttribute, TensorflowBackend } from '../backends.js';
import { BIAS_ACTIVATION_GRAD, columnSums } from '../bias-activation/gradient.js';
import { shared } from '../conv2d/mask-output.js';
import type { CutWeights } from '../cut-weights.js';
import { runKernel } from '../run-kernel.js';
import { execute, intAttribute, stringAttribute } from '../tensorflow-kernel.js';
import { PASSES, type Pass } from './execution-choice.js';
import type { SeparatePasses } from './record-execution.js';

/** Name of the kernel in tfjs's registry, where `useFastGradients` puts it, and of TensorFlow's operations. */
const MASKED_LINEAR = 'WinnowMaskedLinear';
const INPUT_GRAD = 'WinnowMaskedLinearInputGrad';
const KERNEL_GRAD = 'WinnowMaskedLinearKernelGrad';

/** The activations that are computed with the product. */
export type LinearActivation = 'none' | 'relu' | 'gelu';

/** Each pass is sparse or as tfjs has it. */
interface Attributes {
  readonly activation: LinearActivation;
  readonly passes: Readonly<Record<Pass, boolean>>;
  readonly gradient: CutWeights['gradient'];
}

/**
 * activation(x · kernel + bias).
 *
 * @param x float32 `[tokens, fanIn]`
 * @param kernel float32 `[fanIn, units]`
 * @param bias float32 `[units]`, or none
 * @returns float32 `[tokens, units]`
 */
export function maskedLinear(
  x: tf.Tensor2D,
  kernel: tf.Tensor2D,
  bias: tf.Tensor | undefined,
  attributes: Attributes,
): tf.Tensor2D {
  return tf.tidy(() => {
    const inputs = { x, kernel, bias: bias ?? tf.tensor1d([], 'float32') };
    return (runKernel(MASKED_LINEAR, inputs, attributes) as tf.Tensor[])[0] as tf.Tensor2D;
  });
}

/**
 * Each pass of such a layer by itself, without bias and activation, on random input: to measure them. They run the code
 * that training runs.
 *
 * @param tokens rows of x
 * @returns with the passes, what frees their input
 */
export function separatePasses(tokens: number, kernel: tf.Tensor2D, of: CutWeights['gradient']): SeparatePasses {
  const [fanIn, units] = kernel.shape;
  const x = tf.randomNormal<tf.Rank.R2>([tokens, fanIn], 0, 1, 'float32', 1);
  const dy = tf.randomNormal<tf.Rank.R2>([tokens, units], 0, 1, 'float32', 2);
  const bias = tf.tensor1d([], 'float32');
  const decides = tf.tidy(() =>
    of === 'all' ? [] : tf.clone('mask' in of ? maskFor(of.mask, kernel.shape) : of.origin),
  );
  const saved = [x, kernel, bias, decides].flat();
  return {
    passes(sparse) {
      const passes = Object.fromEntries(PASSES.map((pass) => [pass, sparse])) as Record<Pass, boolean>;
      const attributes: Attributes = { activation: 'none', passes, gradient: of };
      const gradients = () => maskedLinearGradient.gradFunc(dy, saved, attributes as unknown as tf.NamedAttrMap);
      return {
        forward: () => maskedLinear(x, kernel, undefined, attributes),
        inputGradient: () => gradients()['x']!() as tf.Tensor,
        filterGradient: () => gradients()['kernel']!() as tf.Tensor,
      };
    },
    dispose: () => tf.dispose([x, dy, bias, decides]),
  };
}

/** Runs one of the operations. */
function run(backend: object, name: string, own: (of: TensorflowBackend) => OpAttribute[], inputs: tf.TensorInfo[]) {
  const call = (tensorflow: TensorflowBackend) => [tensorflow.executeSingleOutput(name, own(tensorflow), inputs)];
  return execute(backend as TensorflowBackend, 'linear', call, [])[0] as tf.Tensor;
}

/** Gives y; for GELU's gradient what it is applied to, for ReLU's y again; and what decides which weights are kept. */
const maskedLinearKernel: tf.KernelConfig = {
  kernelName: MASKED_LINEAR,
  backendName: 'tensorflow',
  kernelFunc({ inputs, backend, attrs }) {
    const { x, kernel, bias } = inputs as Record<'x' | 'kernel' | 'bias', tf.TensorInfo>;
    const { activation, passes, gradient } = attrs as unknown as Attributes;
    const outputs = passes.forward
      ? sparseProduct(backend, activation, [x, kernel, bias])
      : denseProduct(backend, activation, [x, kernel, bias]);
    if (activation === 'relu') outputs.push(shared(outputs[0] as tf.TensorInfo, 'tensorflow', backend));
    if (gradient === 'all') return outputs;
    const decides = 'mask' in gradient ? maskFor(gradient.mask, kernel.shape) : gradient.origin;
    // For the gradient, since what a mask was made of may be gone by then. No input: no gradient goes to it.
    return [...outputs, shared(decides, 'tensorflow', backend)];
  },
};

function sparseProduct(backend: object, activation: LinearActivation, inputs: tf.TensorInfo[]): tf.TensorInfo[] {
  const sums = activation === 'gelu' ? 1 : 0;
  const call = (tensorflow: TensorflowBackend) => {
    const own = [stringAttribute(tensorflow, 'activation', activation), intAttribute(tensorflow, 'sums', sums)];
    return tensorflow.executeMultipleOutputs(MASKED_LINEAR, own, inputs, 1 + sums);
  };
  return execute(backend as TensorflowBackend, 'linear', call, []).reverse();
}

function denseProduct(backend: object, activation: LinearActivation, inputs: tf.TensorInfo[]): tf.TensorInfo[] {
  const [a, b, bias] = inputs as [tf.TensorInfo, tf.TensorInfo, tf.TensorInfo];
  const { kernelFunc } = tf.getKernel(tf.BatchMatMul, 'tensorflow');
  const attrs = { transposeA: false, transposeB: false };
  const product = kernelFunc({ inputs: { a, b }, backend, attrs }) as tf.Tensor;
  const activate = (x: tf.Tensor, added: tf.TensorInfo, name: LinearActivation) =>
    run(backend, 'WinnowBiasActivation', (of) => [stringAttribute(of, 'activation', name)], [x, added]);
  const hasBias = (bias.shape[0] as number) > 0;
  if (activation === 'gelu') {
    const sums = hasBias ? activate(product, bias, 'none') : product;
    const none = tf.tensor1d([], 'float32');
    const y = activate(sums, none, 'gelu');
    none.dispose();
    if (sums !== product) product.dispose();
    return [y, sums];
  }
  if (activation === 'none' && !hasBias) return [product];
  const y = activate(product, bias, activation);
  product.dispose();
  return [y];
}

/** A mask of units is that of their columns. (`broadcastTo` makes one row of none.) */
function maskFor(mask: tf.Tensor, shape: readonly number[]): tf.Tensor {
  if (mask.rank === shape.length) return mask;
  return shape[0] === 0 ? tf.zeros([...shape]) : tf.broadcastTo(mask, shape as [number, number]);
}

const maskedLinearGradient: tf.GradConfig = {
  kernelName: MASKED_LINEAR,
  inputsToSave: ['x', 'kernel', 'bias'],
  outputsToSave: [false, true, true],
  gradFunc(dys, saved, attrs) {
    const [x, kernel, bias, ...kept] = saved as [tf.Tensor2D, tf.Tensor2D, tf.Tensor1D, ...tf.Tensor[]];
    const { activation, passes, gradient } = attrs as unknown as Attributes;
    const hasBias = bias.size > 0;
    const dy = (Array.isArray(dys) ? dys[0] : dys) as tf.Tensor2D;
    const activated = activation === 'none' ? undefined : kept.shift();
    const [decides] = kept;
    // Here: tfjs runs each of the functions in a tidy, which would dispose it.
    const before = activated && activationGradient(activated, dy, { activation, hasBias });
    const dSum = (before?.[0] ?? dy) as tf.Tensor2D;
    const backend = tf.backend();
    return {
      x: () => {
        if (!passes.inputGradient) return tf.matMul(dSum, kernel, false, true);
        return run(backend, INPUT_GRAD, () => [], [dSum, kernel]);
      },
      kernel: () => {
        if (gradient === 'all' || decides === undefined || !passes.filterGradient) {
          return tf.matMul(x, dSum, true, false);
        }
        const given = 'mask' in gradient ? [decides] : [kernel, decides];
        return keptGradient(backend, x, dSum, given as [tf.Tensor, tf.Tensor?]);
      },
      bias: () => before?.[1] ?? (hasBias ? columnSums(dSum) : tf.tensor1d([], 'float32')),
    };
  },
};

/** The gradients before the activation: of the sums, and of the bias. */
function activationGradient(x: tf.Tensor, dy: tf.Tensor, own: object): tf.Tensor[] {
  const none = tf.tensor1d([], 'float32');
  const gradients = runKernel(BIAS_ACTIVATION_GRAD, { x, bias: none, dy }, own) as tf.Tensor[];
  none.dispose();
  return gradients;
}

function keptGradient(backend: object, x: tf.Tensor, dy: tf.Tensor, [mask, origin]: [tf.Tensor, tf.Tensor?]) {
  const own = (tensorflow: TensorflowBackend) => {
    const { TF_ATTR_TYPE, TF_FLOAT, TF_BOOL } = tensorflow.binding;
    return [
      { name: 'T', type: TF_ATTR_TYPE, value: mask.dtype === 'bool' ? TF_BOOL : TF_FLOAT },
      intAttribute(tensorflow, 'origins', origin ? 1 : 0),
    ];
  };
  return run(backend, KERNEL_GRAD, own, [x, dy, mask, ...(origin ? [origin] : [])]);
}

/**
 * Registers it.
 *
 * @returns a function that undoes that
 */
export function registerMaskedLinear(): () => void {
  tf.registerKernel(maskedLinearKernel);
  tf.registerGradient(maskedLinearGradient);
  return () => {
    tf.unregisterKernel(MASKED_LINEAR, 'tensorflow');
    tf.unregisterGradient(MASKED_LINEAR);
  };
}
