import { alignedFloats } from '../aligned-floats.js';
import { checkBoolean } from '../arguments.js';
import { ACTIVATION_CODE } from '../binding.js';
import { nativeBinding } from '../load.js';
import { checkChoice, checkKeys, productOf } from '../value-checks.js';
import { BlockSparseMatrix } from './block-sparse-matrix.js';
import { checkDense } from './checks.js';
import { CsrMatrix } from './csr-matrix.js';
import { EllMatrix } from './ell-matrix.js';
import { matrixArguments } from './matrix-arguments.js';
import { NmMatrix } from './nm-matrix.js';
import { SparsePlan } from './sparse-plan.js';

/** A dense matrix, row-major. */
export interface DenseMatrix {
  /** [rows · columns]. */
  data: Float32Array;
  rows: number;
  columns: number;
}

/** What is applied to every output. */
export type Activation = 'none' | 'relu' | 'gelu';

export interface SpmmOptions {
  /** Whether a, or b, takes part transposed. Default false. */
  transposeA?: boolean;
  transposeB?: boolean;
  /**
   * Added before the activation: one value for every unit, that is for every row of a sparse `a` or column of a sparse
   * `b`.
   */
  bias?: Float32Array;
  /** Default 'none'. 'relu' passes NaN; 'gelu' is x · Φ(x), by the error function. */
  activation?: Activation;
  /** Where to write; may not overlap an input. Default: a new array. */
  out?: Float32Array;
}

/** What a product takes as its sparse side. */
export type SparseOperand = CsrMatrix | EllMatrix | NmMatrix | BlockSparseMatrix | SparsePlan;

/**
 * The product a · b of a sparse and a dense matrix, in either order and with either transposed, with bias and
 * activation in the same pass. Sums take the stored entries in the order of the inner index, one fused multiply-add
 * each, from the bias on; results do not depend on the number of threads. Entries that are not stored are not
 * multiplied.
 *
 * There are two products: one for single entries and one for dense blocks. A `CsrMatrix` runs as it is, an `EllMatrix`
 * through the row offsets it keeps, an `NmMatrix` through column indices that are worked out in every call; all three
 * are the same CSR product. A `BlockSparseMatrix` has the block product, where units that share channels share loads.
 *
 * A `SparsePlan` saves ordering the weights anew in every call. Otherwise a matrix whose rows are the units (a sparse
 * `a`, or a sparse `b` that is transposed, such as an `EllMatrix.fromKernel`) is quicker to prepare than one whose
 * columns are.
 *
 * @returns `out` or a new Float32Array, row-major: [rows of op(a) · columns of op(b)].
 * @throws {TypeError | RangeError} for operands that are not one sparse and one dense, sizes that do not fit, a bias or
 *     out of another length, and broken index arrays (naming the first bad entry).
 */
export function spmm(a: SparseOperand, b: DenseMatrix, options?: SpmmOptions): Float32Array;
export function spmm(a: DenseMatrix, b: SparseOperand, options?: SpmmOptions): Float32Array;
export function spmm(
  a: SparseOperand | DenseMatrix,
  b: SparseOperand | DenseMatrix,
  options: SpmmOptions = {},
): Float32Array {
  checkKeys('spmm', 'options', options, ['transposeA', 'transposeB', 'bias', 'activation', 'out']);
  const { transposeA = false, transposeB = false, bias, activation = 'none' } = options;
  checkBoolean('spmm', 'transposeA', transposeA);
  checkBoolean('spmm', 'transposeB', transposeB);
  checkChoice('spmm', 'activation', activation, ['none', 'relu', 'gelu']);
  const isLeft = isSparse(a);
  if (isLeft === isSparse(b)) throw new TypeError('spmm: one of a and b must be sparse, the other dense');
  const [sparse, dense] = (isLeft ? [a, b] : [b, a]) as [SparseOperand, DenseMatrix];
  checkDense('spmm', isLeft ? 'b.data' : 'a.data', dense.data, dense);
  // Units are the sparse side's outer axis, tokens the dense side's; channels are the inner axis of both.
  const unitsAreColumns = isLeft ? transposeA : !transposeB;
  const [units, channels] = unitsAreColumns ? [sparse.columns, sparse.rows] : [sparse.rows, sparse.columns];
  const tokensOuter = isLeft ? transposeB : !transposeA;
  const [tokens, denseChannels] = tokensOuter ? [dense.rows, dense.columns] : [dense.columns, dense.rows];
  if (channels !== denseChannels) {
    const inner = isLeft ? [channels, denseChannels] : [denseChannels, channels];
    throw new RangeError(`spmm: op(a) must have as many columns as op(b) has rows, got ${inner[0]} and ${inner[1]}`);
  }
  if (bias !== undefined) checkFloats('bias', bias, units);
  const size = productOf('spmm', 'the size of the result', tokens, units);
  const out = options.out ?? alignedFloats(size);
  checkFloats('out', out, size);
  for (const input of [dense.data, bias, sparse instanceof SparsePlan ? undefined : sparse.values]) {
    if (input !== undefined && overlaps(out, input)) throw new RangeError('spmm: out must not overlap an input');
  }
  const rest = [tokens, dense.data, tokensOuter, bias, ACTIVATION_CODE[activation], !isLeft, out] as const;
  const native = nativeBinding();
  if (sparse instanceof SparsePlan) {
    native.spmmRun(sparse.native(unitsAreColumns), ...rest);
  } else if (sparse instanceof NmMatrix) {
    native.spmmNm(...matrixArguments(sparse), unitsAreColumns, ...rest);
  } else if (sparse instanceof BlockSparseMatrix) {
    native.spmmBlock(...matrixArguments(sparse), unitsAreColumns, ...rest);
  } else {
    const csr = sparse instanceof EllMatrix ? sparse.toCsr() : sparse;
    native.spmm(...matrixArguments(csr), unitsAreColumns, ...rest);
  }
  return out;
}

function isSparse(operand: unknown): operand is SparseOperand {
  return [CsrMatrix, EllMatrix, NmMatrix, BlockSparseMatrix, SparsePlan].some((kind) => operand instanceof kind);
}

function checkFloats(name: string, array: unknown, length: number): void {
  if (!(array instanceof Float32Array)) throw new TypeError(`spmm: ${name} must be a Float32Array`);
  if (array.length !== length) throw new RangeError(`spmm: ${name} must have length ${length}, got ${array.length}`);
}

function overlaps(a: Float32Array, b: Float32Array): boolean {
  return (
    a.buffer === b.buffer && a.byteOffset < b.byteOffset + b.byteLength && b.byteOffset < a.byteOffset + a.byteLength
  );
}
