import * as tf from '@tensorflow/tfjs';
import type { ModelLike } from '@winnow/graph';
import { checkChoice, checkKeys } from '../arguments.js';
import { hasTensorflow, importAdvice } from '../run-kernel.js';
import { setExecution, useSparseConvolutions } from './convolution-layer.js';
import { replaceConvolutions } from './convolutions.js';
import type { Execution } from './execution-choice.js';
import { activationCall, batchNormCall, type LayerCall, sumCall, withFusedRun } from './fused-run.js';
import { RELU, reluGradient } from './gradients.js';
import { reluGradKernel } from './kernels.js';
import { freeWhileGoingBackward } from './lean-backward.js';
import { useSparseLinearLayers } from './linear-layer.js';
import { replaceMethod } from './replace-method.js';
import { replacements } from './replacements.js';

let restore: (() => void) | undefined;

/** Options of `useFastGradients`. */
export interface FastGradientsOptions {
  /**
   * How Conv2D and Dense layers and `linear` compute where a method has cut weights of the kernel, for the whole
   * process: `'dense'`, with the zeros; `'sparse'`, without; `'auto'`, per layer and pass whichever is faster for the
   * number of weights that are left. Rounding differs between them. Default: what was asked for last, at first
   * `'dense'`.
   */
  execution?: Execution;
}

/**
 * Makes training of any tf.layers model on the backend `tensorflow` faster: BatchNorm in training runs as one
 * operation, together with a ReLU and a sum that follow it, and so do their gradients; 3×3 convolutions with stride 1,
 * 'same' padding and channels in multiples of 16 are computed by `conv2d`; LayerNorm, GELU and the gradients of biases
 * run as Winnow's, and ReLU's gradient as TensorFlow's own kernel. The backward pass frees activations and gradients as
 * soon as they have served, and not at its end. BatchNorm over an axis that is not the last, or without scale or
 * offset, which stock tfjs cannot train, trains and has gradients with running statistics; so does that of rank 5.
 * Convolutions that TensorFlow computes wrongly or dies of are computed by `conv2d`. Results equal those of stock tfjs
 * within rounding. Acts on the whole process; calling it again changes `execution`, if that is given, and nothing else.
 *
 * Layers are fused where a model is run whole (`apply`, `fit`, `trainOnBatch`) and nothing else reads what lies between
 * them.
 *
 * @returns a function that puts stock tfjs back
 * @throws RangeError or TypeError for options that do not exist or are out of range
 * @throws Error without the backend `tensorflow` in the process: there is nothing that could be made faster
 */
export function useFastGradients(options: FastGradientsOptions = {}): () => void {
  checkKeys('useFastGradients', 'options', options, ['execution']);
  const { execution } = options;
  if (execution !== undefined) checkChoice('useFastGradients', 'execution', execution, ['auto', 'dense', 'sparse']);
  if (restore !== undefined) {
    if (execution !== undefined) setExecution(execution);
    return restore;
  }
  if (!hasTensorflow()) {
    throw new Error(
      `useFastGradients: the backend 'tensorflow', which it makes faster, is not in this process. ` +
        `To mend it, ${importAdvice()}.`,
    );
  }
  tf.registerKernel(reluGradKernel);
  const stockReluGradient = tf.getGradient(RELU);
  tf.unregisterGradient(RELU);
  tf.registerGradient(reluGradient);
  const undo = [
    freeWhileGoingBackward(),
    replaceConvolutions(),
    useSparseConvolutions(),
    useSparseLinearLayers(),
    replaceLayers(),
    replaceModels(),
    ...replacements.map((replace) => replace()),
  ];

  const putBack = () => {
    if (restore !== putBack) return;
    // Backwards: two may have replaced the same method.
    for (const step of undo.reverse()) step();
    tf.unregisterGradient(RELU);
    tf.registerGradient(stockReluGradient);
    tf.unregisterKernel(reluGradKernel.kernelName, reluGradKernel.backendName);
    setExecution('dense');
    restore = undefined;
  };
  setExecution(execution ?? 'dense');
  restore = putBack;
  return putBack;
}

function replaceLayers(): () => void {
  const undo = [
    replaceMethod<LayerCall>(tf.layers.batchNormalization({}), 'call', batchNormCall),
    replaceMethod<LayerCall>(tf.layers.reLU(), 'call', activationCall),
    replaceMethod<LayerCall>(tf.layers.activation({ activation: 'relu' }), 'call', activationCall),
    replaceMethod<LayerCall>(tf.layers.add(), 'call', sumCall),
  ];
  return () => {
    for (const step of undo) step();
  };
}

type ModelCall = (this: ModelLike, inputs: unknown, kwargs?: Record<string, unknown>) => unknown;
type MakeTrainFunction = (this: ModelLike) => (data: tf.Tensor[]) => tf.Scalar[];

/**
 * `apply` of a model goes through `call`; `fit` and `trainOnBatch` through a function that `makeTrainFunction` makes.
 */
function replaceModels(): () => void {
  const { prototype } = tf.LayersModel;
  const undo = [
    replaceMethod<ModelCall>(
      prototype,
      'call',
      (stock) =>
        function (inputs, kwargs) {
          if (kwargs?.['training'] !== true) return stock.call(this, inputs, kwargs);
          return withFusedRun(this, () => stock.call(this, inputs, kwargs));
        },
    ),
    replaceMethod<MakeTrainFunction>(
      prototype,
      'makeTrainFunction',
      (stock) =>
        function () {
          const train = stock.call(this);
          return (data) => withFusedRun(this, () => train(data));
        },
    ),
  ];
  return () => {
    for (const step of undo) step();
  };
}
