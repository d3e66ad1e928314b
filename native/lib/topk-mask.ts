import { checkKernel, type Granularity, type MatrixSize, outputArray } from './arguments.js';
import { GRANULARITY_CODE, SCOPE_CODE } from './binding.js';
import { nativeBinding } from './load.js';
import { prunedCount } from './pruned-count.js';
import { checkChoice, checkFraction, checkKeys, checkPattern, type Pattern } from './value-checks.js';

export interface TopKMaskOptions extends MatrixSize {
  /**
   * Fraction that is cut, in [0, 1]: of the weights of every column, of the columns, or of the blocks. '2:4' has 0.5.
   */
  sparsity?: number;
  /** Default 'weight'. Of the pattern 'unstructured' only. */
  granularity?: Granularity;
  /**
   * 'unstructured' (default); '2:4': the two largest of every four rows of a column that follow each other are kept,
   * and ⌈g / 2⌉ of the g < 4 rows that remain at the end; or `{block: [rows, columns]}`: blocks rank by their L2 norm,
   * exactly ⌊sparsity · blocks⌋ are cut, those at the right and lower edge may be smaller.
   */
  pattern?: Pattern;
  /** Where to write; of the kernel's length. Default: a new array. */
  out?: Uint8Array;
}

/**
 * Magnitude pruning's mask of a kernel, a row-major matrix [fanIn, units]: 1 = kept, 0 = cut. Exactly ⌊sparsity ·
 * fanIn⌋ weights of every column are cut, those lowest by (|w|, row); for unit granularity ⌊sparsity · units⌋ columns,
 * those lowest by (sum of squares, column). Of equals the lower index is cut first in every pattern.
 * @returns `out` or a new Uint8Array, [fanIn, units].
 * @throws {TypeError | RangeError} for a bad argument, and for a NaN in the kernel, whose index the message gives.
 */
export function topKMask(kernel: Float32Array, options: TopKMaskOptions): Uint8Array {
  const op = 'topKMask';
  checkKeys(op, 'options', options, ['fanIn', 'units', 'sparsity', 'granularity', 'pattern', 'out']);
  const { fanIn, units, granularity = 'weight', pattern = 'unstructured' } = options;
  checkKernel(op, kernel, options);
  const sparsity = checkFraction(op, 'sparsity', options.sparsity ?? (pattern === '2:4' ? 0.5 : undefined));
  checkChoice(op, 'granularity', granularity, ['weight', 'unit']);
  const checked = checkPattern(op, pattern);
  const block = typeof checked === 'string' ? undefined : checked.block;
  if (pattern !== 'unstructured' && granularity !== 'weight') {
    throw new RangeError(`${op}: granularity must be 'weight' with a pattern, got '${granularity}'`);
  }
  if (pattern === '2:4' && sparsity !== 0.5)
    throw new RangeError(`${op}: sparsity must be 0.5 for '2:4', got ${sparsity}`);
  const out = outputArray(op, options.out, Uint8Array, kernel);
  if (pattern === 'unstructured') {
    const count = prunedCount(sparsity, granularity === 'weight' ? fanIn : units);
    nativeBinding().topKMask(kernel, fanIn, units, GRANULARITY_CODE[granularity], count, out);
    return out;
  }
  const [rows, columns] = block ?? [1, 1];
  const count = block ? prunedCount(sparsity, Math.ceil(fanIn / rows) * Math.ceil(units / columns)) : 0;
  const scope = block ? SCOPE_CODE.block : SCOPE_CODE['2:4'];
  try {
    nativeBinding().rankMask([[kernel, fanIn, units, count, out]], scope, true, rows, columns, 0);
  } catch (error) {
    if (error instanceof Error) error.message = error.message.replace(/^rankMask: items\[0\]/, op);
    throw error;
  }
  return out;
}
