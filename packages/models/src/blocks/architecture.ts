/** The parts that all image networks share: options, layer seeds and the final steps of construction. */

import * as tf from '@tensorflow/tfjs';
import type { KernelSelection } from '@winnow/graph';
import { checkKeys } from '@winnow/native/value-checks';
import type { WeightTransform } from '@winnow/ops';
import { applyTransform } from '../apply-transform.js';
import { seedDropout } from '../seeded-dropout.js';

/** A layer's seed is the network's seed · 1000 + the layer's number; this keeps it a safe integer. */
const MAX_SEED = Math.floor(Number.MAX_SAFE_INTEGER / 1000);

/** Options of every image network. */
export interface ImageModelOptions extends Omit<KernelSelection, 'custom'> {
  /** Height, width and channels of the images. */
  inputShape?: readonly [number, number, number];
  /** Number of classes. */
  classes?: number;
  /** Seed of the initial weights and of dropout. Default 0. */
  seed?: number;
  /**
   * `'zeros'` leaves the kernels at zero, for a model whose weights are imported or loaded next: drawing VGG-16's takes
   * many seconds. Default `'random'`.
   */
  initialWeights?: 'random' | 'zeros';
  /** Applied to all prunable kernels with `applyTransform`. */
  transform?: WeightTransform;
  /** Name of the model. */
  name?: string;
}

/** Makes the kernels' initializers. Each call uses the next seed, so call them in the order of the layers. */
export interface Initializers {
  /** For layers followed by a ReLU; He et al., arXiv 1502.01852. */
  heNormal(): ReturnType<typeof tf.initializers.heNormal>;
  /** For the logits. */
  glorotNormal(): ReturnType<typeof tf.initializers.glorotNormal>;
}

/** The common options, checked and with defaults. */
export interface ImageModelBase {
  readonly inputShape: readonly [number, number, number];
  readonly classes: number;
  readonly initializers: Initializers;
}

const KEYS = ['inputShape', 'classes', 'seed', 'initialWeights', 'transform', 'name', 'include', 'exclude'] as const;

/**
 * Checks that options are an object with known keys. Call it before anything reads an option.
 *
 * @param own the options that only this network has
 * @throws TypeError or RangeError naming the network and the key
 */
export function checkImageOptions(op: string, options: unknown, own: readonly string[] = []): void {
  checkKeys(op, 'options', options, [...own, ...KEYS]);
}

/**
 * Checks the common options and fills in defaults.
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
  if (!Number.isInteger(seed) || seed < 0 || seed > MAX_SEED) {
    throw new RangeError(`${op}: seed must be an integer in [0, ${MAX_SEED}], got ${seed}`);
  }
  if (initialWeights !== 'random' && initialWeights !== 'zeros') {
    throw new RangeError(`${op}: initialWeights must be 'random' or 'zeros', got '${initialWeights}'`);
  }
  return { inputShape, classes, initializers: makeInitializers(seed, initialWeights) };
}

function makeInitializers(seed: number, initialWeights: 'random' | 'zeros'): Initializers {
  if (initialWeights === 'zeros') {
    return { heNormal: () => tf.initializers.zeros(), glorotNormal: () => tf.initializers.zeros() };
  }
  // tfjs treats seed 0 as no seed.
  let next = seed * 1000 + 1;
  return {
    heNormal: () => tf.initializers.heNormal({ seed: next++ }),
    glorotNormal: () => tf.initializers.glorotNormal({ seed: next++ }),
  };
}

/** Finishes a model: seeds its dropout and applies the transform from its options. */
export function finishModel(
  options: ImageModelOptions,
  inputs: tf.SymbolicTensor,
  outputs: tf.SymbolicTensor,
  name: string,
): tf.LayersModel {
  const model = tf.model({ inputs, outputs, name: options.name ?? name });
  if (model.layers.some((layer) => layer.getClassName() === 'Dropout')) seedDropout(model, options.seed ?? 0);
  if (options.transform) {
    const { include, exclude } = options;
    applyTransform(model, options.transform, {
      ...(include !== undefined && { include }),
      ...(exclude !== undefined && { exclude }),
    });
  }
  return model;
}

/** @throws RangeError unless `values` is a non-empty list of positive integers */
export function checkPositive(op: string, argument: string, values: readonly number[]): void {
  if (!Array.isArray(values)) {
    throw new TypeError(`${op}: ${argument} must be an array of integers ≥ 1, got ${JSON.stringify(values)}`);
  }
  if (values.length > 0 && values.every((value) => Number.isInteger(value) && value > 0)) return;
  throw new RangeError(`${op}: ${argument} must be positive integers, got ${JSON.stringify(values)}`);
}

/** @throws RangeError unless `value` is in [0, 1) */
export function checkBelowOne(op: string, argument: string, value: number): void {
  if (!(value >= 0 && value < 1)) throw new RangeError(`${op}: ${argument} must be in [0, 1), got ${value}`);
}
