import * as tf from '@tensorflow/tfjs';
import type { TensorflowBackend } from '../backends.js';
import { boolAttribute, execute, hostScalars } from '../tensorflow-kernel.js';
import { BlockSparseMatrix } from './block-sparse-matrix.js';
import type { CsrMatrix } from './csr-matrix.js';
import type { EllMatrix } from './ell-matrix.js';
import type { NmMatrix } from './nm-matrix.js';

/** What a plan can be made of. */
type Planned = CsrMatrix | EllMatrix | NmMatrix | BlockSparseMatrix;

/**
 * A sparse matrix whose pattern is put into the order of products once, for forward and backward, instead of in every call: for
 * training with a fixed pattern. The values stay the matrix's own and may change from step to step; each product copies them
 * into place. On the backend `cpu`, which needs no order, it is the matrix alone.
 *
 * TensorFlow holds the two orders behind two tensors of this object, and frees them with these. They belong to whoever makes
 * the plan, as tensors do: `dispose()` them, or make the plan within `tf.tidy`. The matrix is not disposed with it.
 */
export class SparsePlan<Matrix extends Planned = Planned> {
  readonly #tensors: readonly [byRows: tf.Tensor, byColumns: tf.Tensor] | undefined;

  /** @throws {RangeError} for broken index tensors, naming the first bad entry (backend `tensorflow`). */
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

  /** The plan of the same pattern with other values; shares the order, which is disposed with either. */
  withValues(values: tf.Tensor): SparsePlan<Matrix> {
    return new SparsePlan(this.matrix.withValues(values) as Matrix, this);
  }

  /** TensorFlow's orders by rows and by columns; undefined on another backend. */
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
