/**
 * What methods tell layers about the kernels that they hand to layers: which weights are cut. A product of a
 * kernel and a mask does not say so itself, because a kept weight may be 0.
 */

import * as tf from '@tensorflow/tfjs';

/** A kernel some of whose weights are cut: 0 for the layer. */
export interface CutWeights {
  /**
   * Which weights the gradient is computed for; the method must multiply it by 0 at all others.
   *
   * - `{ mask }`: float32 or bool of the kernel's shape, or `[units]`: where it is not 0.
   * - `{ origin }`: the kernel before weights were set to 0, float32 of its shape: where the kernel is not 0, or
   *   `origin` is.
   * - `'all'`: every weight.
   */
  readonly gradient: { readonly mask: tf.Tensor } | { readonly origin: tf.Tensor } | 'all';
  /** Share of the weights that are kept, in [0, 1], about. Default: that of the mask; required without one. */
  readonly density?: number;
  /** Share of the weights that need a gradient, about. Default: `density`. */
  readonly gradientDensity?: number;
}

/** By the very tensor: a copy of a kernel, or what else is computed of one, may have another gradient. */
const cuts = new WeakMap<tf.Tensor, CutWeights>();

/**
 * Says which weights of a kernel are cut, so that `useFastGradients` can leave them out. A method calls it in `apply`
 * or `prepare` for what it returns. Whatever is computed from the kernel before the layer reads it (a combined method's
 * product, say) is dense again.
 *
 * @returns the kernel
 */
export function withCutWeights<T extends tf.Tensor>(kernel: T, cut: CutWeights): T {
  cuts.set(kernel, cut);
  return kernel;
}

/**
 * Says of a copy of a kernel that the same weights are cut, but that the gradient of all of them is needed.
 *
 * @returns the copy
 */
export function withWholeGradient<T extends tf.Tensor>(copy: T, kernel: tf.Tensor): T {
  const cut = cutWeightsOf(kernel);
  return cut === undefined ? copy : withCutWeights(copy, { gradient: 'all', density: densityOf(cut) });
}

/** What was said of a kernel, as long as the tensors of it live. */
export function cutWeightsOf(kernel: tf.Tensor): CutWeights | undefined {
  const cut = cuts.get(kernel);
  if (cut === undefined) return undefined;
  return cut.gradient !== 'all' && maskOrOrigin(cut.gradient).isDisposed ? undefined : cut;
}

/** Counts of masks; they are new tensors when they change. */
const counts = new WeakMap<object, number>();

/** The share of the weights that are kept, in [0, 1]. */
export function densityOf({ gradient, density }: CutWeights): number {
  if (density !== undefined) return density;
  if (gradient === 'all' || !('mask' in gradient)) return 1;
  const { mask } = gradient;
  let share = counts.get(mask.dataId);
  if (share === undefined) {
    share = tf.tidy(() => tf.mean(tf.cast(tf.notEqual(mask, 0), 'float32')).dataSync()[0] as number);
    counts.set(mask.dataId, share);
  }
  return share;
}

const maskOrOrigin = (gradient: Exclude<CutWeights['gradient'], 'all'>): tf.Tensor =>
  'mask' in gradient ? gradient.mask : gradient.origin;
