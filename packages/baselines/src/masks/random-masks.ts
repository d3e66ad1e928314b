import * as tf from '@tensorflow/tfjs';
import { kernelIdOf, type OwnVariableRequest, randomUniform } from '@winnow/ops';
import { layerShares, type MaskAxes } from './choose-masks.js';

/** A random mask of a kernel, a function of seed and path: which weights a sparse network starts with. */
export function randomMask({ path, kernel, kernels }: OwnVariableRequest, axes: MaskAxes, seed: number): tf.Tensor {
  return tf.tidy(() => {
    const { pattern } = axes;
    const scores = randomUniform(pattern.groups(kernel.shape), { seed, step: 0, stream: kernelIdOf(path) });
    return pattern.spread(pattern.cut(scores, shareOf(path, kernels, axes)), kernel.shape);
  });
}

/** The share of one kernel of a network that an allocation other than `'global'` cuts. */
function shareOf(path: string, kernels: ReadonlyMap<string, tf.Tensor>, axes: MaskAxes): number {
  const shapes = [...kernels.values()].map(({ shape }) => shape);
  return layerShares(axes, shapes)![[...kernels.keys()].indexOf(path)] as number;
}
