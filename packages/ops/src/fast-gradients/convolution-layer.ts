/** Layers of type Conv2D leave out the weights that a method has cut. */

import * as tf from '@tensorflow/tfjs';
import { cutWeightsOf, densityOf } from '../cut-weights.js';
import { choosePasses, type Execution } from './choose-execution.js';
import type { LayerCall } from './fused-run.js';
import { maskedConvolution, registerMaskedConvolution } from './masked-convolution.js';
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

/** The layer's output, unless it is better computed as ever. */
function sparseCall(layer: ConvolutionLayer, inputs: tf.Tensor | tf.Tensor[]): tf.Tensor | undefined {
  if (chosen === 'dense' || layer.rank !== 2 || layer.dataFormat !== 'channelsLast') return undefined;
  if (tf.getBackend() !== 'tensorflow') return undefined;
  // tfjs has no gradient for dilated ones.
  if ([layer.dilationRate].flat().some((rate) => rate !== 1)) return undefined;
  const [x] = [inputs].flat() as [tf.Tensor4D];
  const filter = layer.kernel.read() as tf.Tensor4D;
  const cut = cutWeightsOf(filter);
  if (cut === undefined || x.rank !== 4 || x.dtype !== 'float32') return undefined;
  const strides = [...layer.strides] as [number, number];
  const pad = layer.padding === 'same' ? 'same' : 'valid';
  const density = densityOf(cut);
  const passes = choosePasses(chosen, {
    filter: filter.shape,
    x: x.shape,
    strides,
    pad,
    density,
    gradientDensity: cut.gradient === 'all' ? 1 : (cut.gradientDensity ?? density),
  });
  if (!passes.forward && !passes.inputGradient && !passes.filterGradient) return undefined;
  return tf.tidy(() => {
    const y = maskedConvolution(x, filter, { strides, pad, passes, gradient: cut.gradient });
    const biased = layer.bias ? tf.add(y, layer.bias.read()) : y;
    return layer.activation ? layer.activation.apply(biased) : biased;
  });
}
