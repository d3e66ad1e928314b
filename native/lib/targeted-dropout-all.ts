import { checkKernel, checkThresholds, checkWord, type MatrixSize, outputArray, readEntries } from './arguments.js';
import { GRANULARITY_CODE, type NativeDropoutKernel } from './binding.js';
import { nativeBinding } from './load.js';
import { prunedCount } from './pruned-count.js';
import { checkDropout, type DropoutRates, RATES } from './targeted-dropout.js';
import { checkKeys } from './value-checks.js';

/** One of the kernels of a network: a row-major matrix [fanIn, units]. */
export interface NetworkKernel extends MatrixSize {
  /** Float32, [fanIn, units]. */
  kernel: Float32Array;
  /** Tells the kernels apart: an integer in [0, 2^32). Default 0. */
  kernelId?: number;
  /** See `TargetedDropoutOptions.thresholds`. */
  thresholds?: Int32Array;
  /** Where to write; of the kernel's length. May be the kernel itself. Default: a new array. */
  out?: Float32Array;
}

/**
 * Targeted dropout of all kernels of a network in one call; equal bit for bit to `targetedDropout` of each with the
 * same kernelId.
 * @returns for each kernel its `out` or a new Float32Array, [fanIn, units]: +0 where dropped.
 * @throws {TypeError | RangeError} for a bad argument, and for a NaN, with the number of the kernel and the index in
 * it.
 */
export function targetedDropoutAll(kernels: readonly NetworkKernel[], options: DropoutRates): Float32Array[] {
  const op = 'targetedDropoutAll';
  checkKeys(op, 'options', options, RATES);
  const { granularity, coin, threshold, seedLow, seedHigh, step, rescale, scale } = checkDropout(op, options);
  const entries = readEntries(op, 'kernels', kernels, (entry, name): NativeDropoutKernel => {
    const { kernel, fanIn, units, kernelId = 0 } = entry;
    checkKernel(name, kernel, entry);
    checkWord(name, 'kernelId', kernelId);
    const count = prunedCount(options.targetFraction, granularity === GRANULARITY_CODE.weight ? fanIn : units);
    const thresholds = checkThresholds(name, entry.thresholds, units);
    return [kernel, fanIn, units, count, kernelId, thresholds, outputArray(name, entry.out, Float32Array, kernel)];
  });
  nativeBinding().targetedDropoutAll(entries, granularity, coin, threshold, seedLow, seedHigh, step, rescale, scale);
  return entries.map((entry) => entry[6]);
}
