import * as tf from '@tensorflow/tfjs';
import { checkChoice, checkKeys } from '../arguments.js';
import { runKernel } from '../run-kernel.js';
import { checkFlag, matrixOperand } from '../sparse/operands.js';
import type { SparsePlan } from '../sparse/sparse-plan.js';
import { isSparse, type SparseMatrix, type SparseTensors, sparseTensors } from '../sparse/tensors.js';

/** Name of the kernel in tfjs's registry and of the operation in TensorFlow. */
export const SPMM = 'WinnowSpmm';

/** Activation of the outputs. */
export type Activation = 'none' | 'relu' | 'gelu';

/** Options of `spmm`. */
export interface SpmmOptions {
  /** Whether to transpose a, or b. Default false. */
  transposeA?: boolean;
  transposeB?: boolean;
  /** float32, added before the activation: one value per row of a sparse `a`, or per column of a sparse `b`. */
  bias?: tf.Tensor;
  /** Default `'none'`. `'relu'` propagates NaN. `'gelu'` is x · Φ(x), exact. */
  activation?: Activation;
}

/**
 * Attributes of the registered kernel: output[token, unit] = activation(bias[unit] + Σ sparse[unit, channel] ·
 * dense[token, channel]). The sparse matrix is [units, channels], or [channels, units] if `transposed`. Dense and
 * output are [tokens, …] if tokensOuter, otherwise […, tokens].
 */
export interface SpmmAttributes {
  /** Of the sparse matrix as stored. */
  rows: number;
  columns: number;
  /** Rows and columns of its blocks; undefined for single entries. */
  block: readonly [number, number] | undefined;
  transposed: boolean;
  denseTokensOuter: boolean;
  outTokensOuter: boolean;
  activation: Activation;
  hasBias: boolean;
  /**
   * Whether the inputs `plan` (of this product) and `backPlan` (of the gradient of dense) hold plans or placeholders.
   */
  hasPlan: boolean;
  /** Whether the first output holds the inputs of GELU, for its gradient. */
  keepsSums: boolean;
}

/**
 * The product a · b of a sparse and a dense matrix, in either order and with either one transposed, with bias and
 * activation in the same pass. Sums start with the bias and add the stored entries in order of the inner index.
 * TensorFlow's kernel rounds once per entry on processors with fused multiply-add, so backends agree within rounding.
 * Differentiable with respect to the sparse values, the dense matrix and the bias.
 *
 * There are two products. `CsrMatrix`, `EllMatrix` and `NmMatrix` all run as CSR, because they hold column indices and
 * row offsets as tensors. `BlockSparseMatrix` uses the block product (on backend `cpu` its entries run one by one). A
 * `SparsePlan` keeps TensorFlow from ordering the weights in every call.
 *
 * @param a a sparse matrix or a `SparsePlan`, or a float32 tensor of rank 2
 * @param b the other of the two
 * @returns float32 tensor [rows of op(a), columns of op(b)]
 * @throws RangeError for sizes that do not match and for invalid index tensors, naming the first bad entry
 * @throws TypeError for operands that are not one sparse and one dense matrix, or not float32
 * @see arXiv 2006.10901, "Sparse GPU Kernels for Deep Learning", for the two products and their gradients
 */
export function spmm(
  a: SparseMatrix | SparsePlan | tf.Tensor | tf.TensorLike,
  b: SparseMatrix | SparsePlan | tf.Tensor | tf.TensorLike,
  options: SpmmOptions = {},
): tf.Tensor2D {
  const op = 'spmm';
  checkKeys(op, 'options', options, ['transposeA', 'transposeB', 'bias', 'activation']);
  const transposeA = checkFlag(op, 'transposeA', options.transposeA);
  const transposeB = checkFlag(op, 'transposeB', options.transposeB);
  const activation = checkChoice(op, 'activation', options.activation ?? 'none', ['none', 'relu', 'gelu']);
  const isLeft = isSparse(a);
  if (isLeft === isSparse(b)) throw new TypeError(`${op}: one of a and b must be a sparse matrix, the other dense`);
  const sparse = sparseTensors((isLeft ? a : b) as SparseMatrix | SparsePlan);
  return tf.tidy(() => {
    const dense = matrixOperand(op, isLeft ? 'b' : 'a', isLeft ? b : a);
    const transposed = isLeft ? transposeA : !transposeB;
    const denseTokensOuter = isLeft ? transposeB : !transposeA;
    const [units, channels] = transposed ? [sparse.shape[1], sparse.shape[0]] : sparse.shape;
    const denseChannels = dense.shape[denseTokensOuter ? 1 : 0];
    if (channels !== denseChannels) {
      const [inner, other] = isLeft ? [channels, denseChannels] : [denseChannels, channels];
      throw new RangeError(`${op}: op(a) must have as many columns as op(b) has rows, got ${inner} and ${other}`);
    }
    checkBias(options.bias, units);
    const attributes: SpmmAttributes = {
      rows: sparse.shape[0],
      columns: sparse.shape[1],
      block: sparse.block,
      transposed,
      denseTokensOuter,
      outTokensOuter: !isLeft,
      activation,
      hasBias: options.bias !== undefined,
      hasPlan: sparse.plans !== undefined,
      // A gradient is being recorded, see spmmGradient.
      keepsSums: activation === 'gelu' && tf.engine().state.gradientDepth > 0,
    };
    return runSpmm(sparse, dense, options.bias ?? tf.tensor1d([], 'float32'), attributes);
  });
}

/** Runs the kernel. An empty `bias` means none. */
export function runSpmm(
  { values, columnIndices, rowOffsets, plans }: Omit<SparseTensors, 'shape' | 'block'>,
  dense: tf.Tensor,
  bias: tf.Tensor,
  attributes: SpmmAttributes,
): tf.Tensor2D {
  const [byRows, byColumns] = plans ?? [columnIndices, columnIndices];
  const [plan, backPlan] = attributes.transposed ? [byColumns, byRows] : [byRows, byColumns];
  const inputs = { values, columnIndices, rowOffsets, dense, bias, plan, backPlan };
  const result = runKernel(SPMM, inputs, attributes);
  return (Array.isArray(result) ? result[result.length - 1] : result) as tf.Tensor2D;
}

function checkBias(bias: unknown, units: number): void {
  if (bias === undefined) return;
  if (!(bias instanceof tf.Tensor) || bias.dtype !== 'float32')
    throw new TypeError('spmm: bias must be a float32 tensor');
  if (bias.rank !== 1 || bias.shape[0] !== units) {
    throw new RangeError(`spmm: bias must have shape [${units}], got [${bias.shape}]`);
  }
}
