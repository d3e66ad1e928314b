/** Layers of type Conv2D leave out the weights that a method has cut. */

import * as tf from '@tensorflow/tfjs';
import { type CutWeights, cutWeightsOf, densityOf } from '../cut-weights.js';
import { chooseExecution } from './choose-execution.js';
import { alike, type Choices, type Execution, type ExecutionReason, isAnySparse } from './execution-choice.js';
import type { LayerCall } from './fused-run.js';
import { maskedConvolution, registerMaskedConvolution, separatePasses } from './masked-convolution.js';
import { isRecording, record, recordPasses } from './record-execution.js';
import { replaceMethod } from './replace-method.js';

/** What is used of a convolution layer of tf.layers. */
interface ConvolutionLayer {
  readonly rank: number;
  readonly kernel: { read(): tf.Tensor };
  readonly bias: { read(): tf.Tensor } | null;
  readonly activation: { apply(x: tf.Tensor): tf.Tensor } | null;
  readonly strides: readonly number[];
  readonly dilationRate: number | readonly number[];
  readonly padding: string;
  readonly dataFormat: string;
}

let chosen: Execution = 'dense';

/** How layers compute from now on. */
export function setExecution(execution: Execution): void {
  chosen = execution;
}

/** How layers compute. */
export function currentExecution(): Execution {
  return chosen;
}

/** Puts it in the place of the layers' own; gives back what undoes that. */
export function useSparseConvolutions(): () => void {
  const undo = [
    registerMaskedConvolution(),
    replaceMethod<LayerCall>(tf.layers.conv2d({ filters: 1, kernelSize: 1 }), 'call', convolutionCall),
  ];
  return () => {
    for (const step of undo) step();
  };
}

function convolutionCall(stock: LayerCall): LayerCall {
  return function (inputs, kwargs) {
    return sparseCall(this as unknown as ConvolutionLayer, inputs) ?? stock.call(this, inputs, kwargs);
  };
}

/** A convolution that could be sparse, and how its passes are computed. */
interface Plan {
  readonly x: tf.Tensor4D;
  readonly filter: tf.Tensor4D;
  readonly cut: CutWeights;
  readonly strides: [number, number];
  readonly pad: 'same' | 'valid';
  readonly density: number;
  readonly gradientDensity: number;
  readonly choices: Choices;
}

/** The layer's output, unless it is better computed as ever. */
function sparseCall(layer: ConvolutionLayer, inputs: tf.Tensor | tf.Tensor[]): tf.Tensor | undefined {
  // Layers of other ranks have this `call`, too.
  if (chosen === 'dense' || layer.rank !== 2 || tf.getBackend() !== 'tensorflow') return undefined;
  const [x] = [inputs].flat() as [tf.Tensor4D];
  const filter = layer.kernel.read() as tf.Tensor4D;
  const plan = planOf(layer, x, filter);
  if (isRecording()) recordPlan(layer, x, plan);
  if ('code' in plan || !isAnySparse(plan.choices)) return undefined;
  const { cut, strides, pad, choices } = plan;
  const passes = {
    forward: choices.forward.sparse,
    inputGradient: choices.inputGradient.sparse,
    filterGradient: choices.filterGradient.sparse,
  };
  return tf.tidy(() => {
    const y = maskedConvolution(x, filter, { strides, pad, passes, gradient: cut.gradient });
    const biased = layer.bias ? tf.add(y, layer.bias.read()) : y;
    return layer.activation ? layer.activation.apply(biased) : biased;
  });
}

/** How a layer is computed, or why no pass of it can be sparse. */
function planOf(layer: ConvolutionLayer, x: tf.Tensor4D, filter: tf.Tensor4D): Plan | ExecutionReason {
  if (layer.dataFormat !== 'channelsLast') return { code: 'not-handled', what: 'convolutions with channels first' };
  // tfjs has no gradient for dilated ones.
  if ([layer.dilationRate].flat().some((rate) => rate !== 1)) {
    return { code: 'not-handled', what: 'dilated convolutions' };
  }
  if (x.rank !== 4 || x.dtype !== 'float32') {
    return { code: 'not-handled', what: `convolutions of ${x.dtype} of rank ${x.rank}` };
  }
  const cut = cutWeightsOf(filter);
  if (cut === undefined) return { code: 'nothing-cut' };
  const strides = [...layer.strides] as [number, number];
  const pad = layer.padding === 'same' ? 'same' : 'valid';
  const density = densityOf(cut);
  const gradientDensity = cut.gradient === 'all' ? 'all' : (cut.gradientDensity ?? density);
  const choices = chooseExecution(chosen, { filter: filter.shape, x: x.shape, strides, pad, density, gradientDensity });
  return {
    ...{ x, filter, cut, strides, pad, density, choices },
    gradientDensity: gradientDensity === 'all' ? 1 : gradientDensity,
  };
}

/** For whoever records. */
function recordPlan(layer: ConvolutionLayer, { shape: inputShape }: tf.Tensor4D, plan: Plan | ExecutionReason): void {
  if ('code' in plan) {
    const choices = alike({ sparse: false, reason: plan });
    record({ layer, inputShape, density: 1, gradientDensity: 1, choices, dispose() {} });
    return;
  }
  const { density, gradientDensity, choices, cut, strides, pad } = plan;
  recordPasses({ layer, inputShape, density, gradientDensity, choices }, plan.filter, cut, (filter, gradient) =>
    separatePasses(inputShape, filter, { strides, pad, gradient }),
  );
}
