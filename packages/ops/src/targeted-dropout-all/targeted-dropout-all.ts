import * as tf from '@tensorflow/tfjs';
import { prunedCount } from '@winnow/native/pruned-count';
import { floatKernel, kernelLabel } from '../float-kernel.js';
import { kernelMatrix, rankedCount } from '../kernel-matrix.js';
import { kernelIdOf } from '../philox.js';
import { checkDropout, type DropoutAttributes, type DropoutOptions } from '../targeted-dropout/targeted-dropout.js';

/** Name of the kernel in tfjs's registry and of the operation in TensorFlow. */
export const TARGETED_DROPOUT_ALL = 'WinnowTargetedDropoutAll';

/** What `targetedDropoutAll` is asked for. */
export interface TargetedDropoutAllOptions extends DropoutOptions {
  /**
   * Where the selection was in the step before, one number for each column of each kernel in the map's order; replaced by where
   * it is now. Weights move little from step to step, so that looking there first makes a step faster; the result is the same
   * with any content. Begin with zeros. Default: none.
   */
  thresholds?: Int32Array;
}

/** Attributes of the registered kernel: what all kernels share, and for each its own. */
export interface TargetedDropoutAllAttributes extends DropoutAttributes {
  kernels: readonly { fanIn: number; units: number; count: number; kernelId: number; label: string }[];
  start: Int32Array | undefined;
}

/**
 * Targeted dropout of all kernels of a network in one operation, and one more for all their gradients: equal bit for bit to
 * `targetedDropout` of each with `kernelId: kernelIdOf(name)`.
 *
 * @param kernels by name, such as the path in the model; float32, at least one axis, the last one counts units
 * @returns float32 tensors of the kernels' shapes under the same names; the caller disposes them
 * @throws RangeError if an option is out of range or a kernel holds NaN; TypeError for a wrong type. Names the kernel.
 * @see Gomez et al., "Learning Sparse Networks Using Targeted Dropout", arXiv 1905.13678, section 3
 */
export function targetedDropoutAll(
  kernels: ReadonlyMap<string, tf.Tensor>,
  options: TargetedDropoutAllOptions,
): Map<string, tf.Tensor> {
  const op = 'targetedDropoutAll';
  const { targetFraction, ...common } = checkDropout(op, options);
  if (!(kernels instanceof Map))
    throw new TypeError(`${op}: kernels must be a Map of names to tensors, got ${kernels}`);
  if (kernels.size === 0) return new Map();
  const names = [...kernels.keys()];
  const entries = [...kernels].map(([name, kernel]) => {
    const label = kernelLabel(op, name);
    const matrix = kernelMatrix(label, floatKernel(label, kernel).shape);
    const count = prunedCount(targetFraction, rankedCount(matrix, common.granularity));
    return { ...matrix, count, kernelId: kernelIdOf(name), label };
  });
  const { thresholds } = options;
  checkThresholds(
    op,
    thresholds,
    entries.reduce((sum, { units }) => sum + units, 0),
  );
  const attributes: TargetedDropoutAllAttributes = { ...common, kernels: entries, start: thresholds };
  const outputs = tf.tidy(() => {
    const inputs = Object.fromEntries([...kernels.values()].map((kernel, i) => [i, kernel]));
    const [, , found, ...dropped] = tf
      .engine()
      .runKernel(TARGETED_DROPOUT_ALL, inputs, attributes as unknown as tf.NamedAttrMap) as tf.Tensor[];
    thresholds?.set((found as tf.Tensor).dataSync());
    return dropped;
  });
  return new Map(names.map((name, i) => [name, outputs[i] as tf.Tensor]));
}

function checkThresholds(op: string, thresholds: unknown, columns: number): void {
  if (thresholds === undefined) return;
  if (!(thresholds instanceof Int32Array)) {
    throw new TypeError(`${op}: thresholds must be an Int32Array, got ${thresholds}`);
  }
  if (thresholds.length !== columns) {
    throw new RangeError(`${op}: thresholds must have one number per column, ${columns}, got ${thresholds.length}`);
  }
}
