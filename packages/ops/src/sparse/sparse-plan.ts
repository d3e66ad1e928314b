import * as tf from '@tensorflow/tfjs';
import type { TensorflowBackend } from '../backends.js';
import { boolAttribute, execute, hostScalars } from '../tensorflow-kernel.js';
import { BlockSparseMatrix } from './block-sparse-matrix.js';
import type { CsrMatrix } from './csr-matrix.js';
import type { EllMatrix } from './ell-matrix.js';
import type { NmMatrix } from './nm-matrix.js';

/** The matrices that a plan can be made from. */
type Planned = CsrMatrix | EllMatrix | NmMatrix | BlockSparseMatrix;

/**
 * A sparse matrix with its pattern ordered for products once, forward and backward, instead of in every call. Use it to
 * train with a fixed pattern. The values remain those of the matrix and may change between steps; each product copies
 * them into place. Backend `cpu` needs no order, so there the plan is the matrix alone.
 *
 * TensorFlow keeps the two orders behind two tensors of this object and frees them with these. `dispose()` the plan
 * like a tensor, or make it within `tf.tidy`. This does not dispose the matrix.
 */
export class SparsePlan<Matrix extends Planned = Planned> {
  readonly #tensors: readonly [byRows: tf.Tensor, byColumns: tf.Tensor] | undefined;

  /** @throws RangeError for invalid index tensors, naming the first bad entry (backend `tensorflow`) */
  constructor(
    readonly matrix: Matrix,
    shared?: SparsePlan,
  ) {
    if (shared !== undefined) {
      this.#tensors = shared.#tensors;
    } else if (tf.getBackend() === 'tensorflow') {
      this.#tensors = [makePlan(matrix, false), makePlan(matrix, true)];
    }
  }

  /** A plan for the same pattern with other values. It shares the order; disposing either plan disposes it. */
  withValues(values: tf.Tensor): SparsePlan<Matrix> {
    return new SparsePlan(this.matrix.withValues(values) as Matrix, this);
  }

  /** TensorFlow's orders by rows and by columns; undefined on other backends. */
  tensors(): readonly [byRows: tf.Tensor, byColumns: tf.Tensor] | undefined {
    return tf.getBackend() === 'tensorflow' ? this.#tensors : undefined;
  }

  dispose(): void {
    tf.dispose([...(this.#tensors ?? [])]);
  }
}

function makePlan(matrix: Planned, transposed: boolean): tf.Tensor {
  const block = matrix instanceof BlockSparseMatrix ? matrix.block : undefined;
  const sizes = hostScalars([...matrix.shape, ...(block ?? [1, 1])], 'int32');
  const call = (tensorflow: TensorflowBackend) => [
    tensorflow.executeSingleOutput(
      'WinnowSpmmPlan',
      [boolAttribute(tensorflow, 'blocked', block !== undefined), boolAttribute(tensorflow, 'transposed', transposed)],
      [matrix.columnIndices, matrix.rowOffsets, sizes],
    ),
  ];
  return execute(tf.backend() as unknown as TensorflowBackend, 'SparsePlan', call, [sizes])[0] as tf.Tensor;
}
