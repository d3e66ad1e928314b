import {
  checkChoice,
  checkFraction,
  checkKernel,
  type Granularity,
  type MatrixSize,
  outputArray,
} from './arguments.js';
import { GRANULARITY_CODE } from './binding.js';
import { nativeBinding } from './load.js';
import { prunedCount } from './pruned-count.js';

export interface TopKMaskOptions extends MatrixSize {
  /** Fraction that is cut, in [0, 1]: of the weights of every column, or of the columns. */
  sparsity: number;
  /** Default 'weight'. */
  granularity?: Granularity;
  /** Where to write; of the kernel's length. Default: a new array. */
  out?: Uint8Array;
}

/**
 * Magnitude pruning's mask of a kernel, a row-major matrix [fanIn, units]: 1 = kept, 0 = cut. Exactly ⌊sparsity · fanIn⌋
 * weights of every column are cut, those lowest by (|w|, row); for unit granularity ⌊sparsity · units⌋ columns, those
 * lowest by (sum of squares, column).
 * @returns `out` or a new Uint8Array, [fanIn, units].
 * @throws {TypeError | RangeError} for a bad argument, and for a NaN in the kernel, whose index the message gives.
 */
export function topKMask(kernel: Float32Array, options: TopKMaskOptions): Uint8Array {
  const op = 'topKMask';
  const { fanIn, units, sparsity, granularity = 'weight' } = options;
  checkKernel(op, kernel, options);
  checkFraction(op, 'sparsity', sparsity);
  checkChoice(op, 'granularity', granularity, ['weight', 'unit']);
  const out = outputArray(op, options.out, Uint8Array, kernel);
  const count = prunedCount(sparsity, granularity === 'weight' ? fanIn : units);
  nativeBinding().topKMask(kernel, fanIn, units, GRANULARITY_CODE[granularity], count, out);
  return out;
}
