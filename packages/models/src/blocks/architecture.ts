/** What all image networks have in common: their options, seeds for their layers, and the end of their construction. */

import * as tf from '@tensorflow/tfjs';
import type { WeightTransform } from '@winnow/ops';
import { applyTransform } from '../apply-transform.js';
import type { KernelSelection } from '../kernel-layers.js';

/** What every image network can be asked for. */
export interface ImageModelOptions extends KernelSelection {
  /** Height, width and channels of the images. */
  inputShape?: readonly [number, number, number];
  /** Number of classes. */
  classes?: number;
  /** Seed of the initial weights. Default 0. */
  seed?: number;
  /**
   * `'zeros'` leaves the kernels at zero, for a model whose weights are imported or loaded next: drawing those of VGG-16
   * takes a minute. Default `'random'`.
   */
  initialWeights?: 'random' | 'zeros';
  /** Put into every prunable kernel by `applyTransform`. */
  transform?: WeightTransform;
  /** Name of the model. */
  name?: string;
}

/** Makes the initializers of a network's kernels, each with a seed of its own, in the order in which the network is made. */
export interface Initializers {
  /** For layers that a ReLU follows; He et al., arXiv 1502.01852. */
  heNormal(): ReturnType<typeof tf.initializers.heNormal>;
  /** For logits. */
  glorotNormal(): ReturnType<typeof tf.initializers.glorotNormal>;
}

/** The options that every network checks and fills in alike. */
export interface ImageModelBase {
  readonly inputShape: readonly [number, number, number];
  readonly classes: number;
  readonly initializers: Initializers;
}

/**
 * Checks the common options.
 *
 * @param op the model's name in error messages
 * @throws RangeError naming the option
 */
export function imageModelBase(
  op: string,
  options: ImageModelOptions,
  defaults: { inputShape: readonly [number, number, number]; classes: number },
): ImageModelBase {
  const { inputShape = defaults.inputShape, classes = defaults.classes, seed = 0, initialWeights = 'random' } = options;
  checkPositive(op, 'classes', [classes]);
  checkPositive(op, 'inputShape', inputShape);
  if (inputShape.length !== 3) {
    throw new RangeError(`${op}: inputShape must be [height, width, channels], got [${inputShape}]`);
  }
  if (!Number.isSafeInteger(seed * 1000)) throw new RangeError(`${op}: seed must be an integer, got ${seed}`);
  if (initialWeights !== 'random' && initialWeights !== 'zeros') {
    throw new RangeError(`${op}: initialWeights must be 'random' or 'zeros', got '${initialWeights}'`);
  }
  return { inputShape, classes, initializers: makeInitializers(seed, initialWeights) };
}

function makeInitializers(seed: number, initialWeights: 'random' | 'zeros'): Initializers {
  if (initialWeights === 'zeros') {
    return { heNormal: () => tf.initializers.zeros(), glorotNormal: () => tf.initializers.zeros() };
  }
  // tfjs takes seed 0 for "no seed".
  let next = seed * 1000 + 1;
  return {
    heNormal: () => tf.initializers.heNormal({ seed: next++ }),
    glorotNormal: () => tf.initializers.glorotNormal({ seed: next++ }),
  };
}

/** The finished model, with the transform that its options ask for. */
export function finishModel(
  options: ImageModelOptions,
  inputs: tf.SymbolicTensor,
  outputs: tf.SymbolicTensor,
  name: string,
): tf.LayersModel {
  const model = tf.model({ inputs, outputs, name: options.name ?? name });
  if (options.transform) {
    const { include, exclude } = options;
    applyTransform(model, options.transform, { ...(include && { include }), ...(exclude && { exclude }) });
  }
  return model;
}

/** @throws RangeError unless `values` are positive integers, at least one */
export function checkPositive(op: string, argument: string, values: readonly number[]): void {
  if (values.length > 0 && values.every((value) => Number.isInteger(value) && value > 0)) return;
  throw new RangeError(`${op}: ${argument} must be positive integers, got ${JSON.stringify(values)}`);
}

/** @throws RangeError unless `value` is in [0, 1) */
export function checkBelowOne(op: string, argument: string, value: number): void {
  if (!(value >= 0 && value < 1)) throw new RangeError(`${op}: ${argument} must be in [0, 1), got ${value}`);
}
