/** Linear layers leave out the weights that a method has cut: those of type Dense, and `linear`. */

import * as tf from '@tensorflow/tfjs';
import { cutWeightsOf, densityOf } from '../cut-weights.js';
import { chooseLinear } from './choose-linear.js';
import { currentExecution } from './convolution-layer.js';
import { alike, isAnySparse } from './execution-choice.js';
import type { LayerCall } from './fused-run.js';
import { type LinearActivation, maskedLinear, registerMaskedLinear, separatePasses } from './masked-linear.js';
import { isRecording, record, recordPasses } from './record-execution.js';
import { replaceMethod } from './replace-method.js';

/** What is used of a dense layer of tf.layers. */
interface DenseLayer {
  readonly kernel: { read(): tf.Tensor };
  readonly bias: { read(): tf.Tensor } | null;
  readonly activation: { getClassName(): string; apply(x: tf.Tensor): tf.Tensor } | null;
}

/** Puts it in the place of the layers' own; gives back what undoes that. */
export function useSparseLinearLayers(): () => void {
  const undo = [registerMaskedLinear(), replaceMethod<LayerCall>(tf.layers.dense({ units: 1 }), 'call', denseCall)];
  return () => {
    for (const step of undo) step();
  };
}

/** The activations that the product has, by tf.layers' names of them. */
const FUSED: Readonly<Record<string, LinearActivation>> = { linear: 'none', relu: 'relu', gelu: 'gelu' };

function denseCall(stock: LayerCall): LayerCall {
  return function (inputs, kwargs) {
    const layer = this as unknown as DenseLayer;
    if (currentExecution() === 'dense') return stock.call(this, inputs, kwargs);
    const [x, ...others] = [inputs].flat() as [tf.Tensor, ...tf.Tensor[]];
    if (others.length > 0) return stock.call(this, inputs, kwargs);
    const { activation } = layer;
    const fused = activation ? FUSED[activation.getClassName()] : 'none';
    const kernel = layer.kernel.read();
    const y = tf.tidy(() => {
      const product = sparseLinear(x, kernel, layer.bias?.read(), fused ?? 'none', layer);
      return product && fused === undefined ? activation!.apply(product) : (product ?? []);
    });
    return y instanceof tf.Tensor ? y : stock.call(this, inputs, kwargs);
  };
}

/**
 * activation(x · kernel + bias) without the kernel's cut weights, unless it is better computed as ever.
 *
 * @param x `[…, fanIn]`
 * @param layer for whoever records; none where no layer of tf.layers computes
 */
export function sparseLinear(
  x: tf.Tensor,
  kernel: tf.Tensor,
  bias: tf.Tensor | undefined,
  activation: LinearActivation,
  layer?: object,
): tf.Tensor | undefined {
  const execution = currentExecution();
  if (execution === 'dense' || tf.getBackend() !== 'tensorflow') return undefined;
  if (kernel.rank !== 2 || x.rank < 2 || x.dtype !== 'float32') return undefined;
  const cut = cutWeightsOf(kernel);
  if (cut === undefined) {
    if (layer !== undefined && isRecording()) {
      const choices = alike({ sparse: false, reason: { code: 'nothing-cut' } });
      record({ layer, inputShape: x.shape, density: 1, gradientDensity: 1, choices, dispose() {} });
    }
    return undefined;
  }
  const [fanIn, units] = kernel.shape as [number, number];
  const outer = x.shape.slice(0, -1);
  if (x.shape[x.rank - 1] !== fanIn) return undefined;
  const tokens = outer.reduce((product, size) => product * size, 1);
  const density = densityOf(cut);
  const gradientDensity = cut.gradient === 'all' ? 'all' : (cut.gradientDensity ?? density);
  const choices = chooseLinear(execution, { tokens, fanIn, units, density, gradientDensity });
  if (layer !== undefined && isRecording()) {
    const whole = gradientDensity === 'all' ? 1 : gradientDensity;
    const chosen = { layer, inputShape: x.shape, density, gradientDensity: whole, choices };
    recordPasses(chosen, kernel as tf.Tensor2D, cut, (own, of) => separatePasses(tokens, own, of));
  }
  if (!isAnySparse(choices)) return undefined;
  const passes = {
    forward: choices.forward.sparse,
    inputGradient: choices.inputGradient.sparse,
    filterGradient: choices.filterGradient.sparse,
  };
  const attributes = { activation, passes, gradient: cut.gradient };
  const matrix = x.rank === 2 ? x : tf.reshape(x, [tokens, fanIn]);
  const y = maskedLinear(matrix as tf.Tensor2D, kernel as tf.Tensor2D, bias, attributes);
  return x.rank === 2 ? y : tf.reshape(y, [...outer, units]);
}
