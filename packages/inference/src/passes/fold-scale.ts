import type { Network } from '../network.js';
import { rewrite } from './rewrite.js';

/**
 * Multiplies a scale and shift for each channel, as BatchNorm's are, into the convolution or dense layer before it. One
 * that follows something else, or a layer whose result others read too, or whose numbers are not finite, stays.
 */
export function foldScale(network: Network): Network {
  return rewrite(network, (node, isAlone) => {
    const { inputs, scale, shift, activation } = node;
    const [before] = inputs;
    const { convolution } = before ?? {};
    if (!(scale && shift && before && convolution) || !isAlone(0)) return undefined;
    if (before.activation.kind !== 'none' || convolution.residual) return undefined;
    if (![...scale, ...shift].every(Number.isFinite)) return undefined;
    const { outputs, bias } = convolution;
    // A weight that is 0 stays so.
    const weights = convolution.weights.map((weight, at) => weight * (scale[at % outputs] as number));
    const summand = shift.map((value, output) => value + (bias?.[output] ?? 0) * (scale[output] as number));
    return { ...before, activation, convolution: { ...convolution, weights, bias: summand } };
  });
}
