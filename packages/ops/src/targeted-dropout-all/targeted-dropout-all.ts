import * as tf from '@tensorflow/tfjs';
import { prunedCount } from '@winnow/native/pruned-count';
import { floatKernel, kernelLabel } from '../float-kernel.js';
import { kernelMatrix, rankedCount } from '../kernel-matrix.js';
import { kernelIdOf } from '../philox.js';
import { runKernel } from '../run-kernel.js';
import { checkDropout, type DropoutAttributes, type DropoutOptions } from '../targeted-dropout/targeted-dropout.js';

/** Name of the kernel in tfjs's registry and of the operation in TensorFlow. */
export const TARGETED_DROPOUT_ALL = 'WinnowTargetedDropoutAll';

/** Options of `targetedDropoutAll`. */
export interface TargetedDropoutAllOptions extends DropoutOptions {
  /**
   * Selection thresholds of the previous step, one number per column of each kernel in the map's order; overwritten
   * with the new ones. Weights move little between steps, so a search that starts there is faster. The result is the
   * same with any content. Start with zeros. Default: none.
   */
  thresholds?: Int32Array;
}

/** Attributes of the registered kernel: those that all kernels share, and one list entry per kernel. */
export interface TargetedDropoutAllAttributes extends DropoutAttributes {
  kernels: readonly { fanIn: number; units: number; count: number; kernelId: number; label: string }[];
  start: Int32Array | undefined;
}

/**
 * Targeted dropout of all kernels of a network in one operation, with one more for all gradients. Bit for bit equal to
 * `targetedDropout` of each kernel with `kernelId: kernelIdOf(name)`.
 *
 * @param kernels by name, such as the path in the model; float32 `[…, units]`, rank ≥ 1
 * @returns float32 tensors of the kernels' shapes under the same names; the caller disposes them
 * @throws RangeError if an option is out of range or a kernel contains NaN; TypeError for a wrong type. The error names
 *   the kernel
 * @see Gomez et al., "Learning Sparse Networks Using Targeted Dropout", arXiv 1905.13678, section 3
 */
export function targetedDropoutAll(
  kernels: ReadonlyMap<string, tf.Tensor>,
  options: TargetedDropoutAllOptions,
): Map<string, tf.Tensor> {
  const op = 'targetedDropoutAll';
  const { targetFraction, ...common } = checkDropout(op, options, ['thresholds']);
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
    const [, , found, ...dropped] = runKernel(TARGETED_DROPOUT_ALL, inputs, attributes) as tf.Tensor[];
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
