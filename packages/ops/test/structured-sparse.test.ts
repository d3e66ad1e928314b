import {
  BlockSparseMatrix,
  CsrMatrix,
  EllMatrix,
  NmMatrix,
  type SparseMatrix,
  SparsePlan,
  sddmm,
  spmm,
  topKMask,
} from '@winnow/ops';
import { tf } from '@winnow/tensorflow';
import { expect, it } from 'vitest';
import { normalKernel, onEveryBackend } from './backends.js';

function expectClose(actual: tf.Tensor, expected: tf.Tensor, tolerance = 1e-4): void {
  expect(actual.shape).toEqual(expected.shape);
  const [a, b] = [actual.dataSync(), expected.dataSync()];
  for (const [i, value] of a.entries())
    expect(Math.abs(value - b[i]!)).toBeLessThanOrEqual(tolerance * (1 + Math.abs(b[i]!)));
}

const [ROWS, COLUMNS] = [10, 13];

/** A matrix [10, 13] of every kind, and where it stores something. */
const KINDS: Record<string, () => { matrix: SparseMatrix; stored: tf.Tensor }> = {
  CsrMatrix: () => {
    const dense = normalKernel([ROWS, COLUMNS], 1);
    const mask = topKMask(dense, { sparsity: 0.5 });
    return { matrix: CsrMatrix.fromMask(dense, mask), stored: mask };
  },
  EllMatrix: () => {
    const kernel = normalKernel([COLUMNS, ROWS], 2);
    const mask = topKMask(kernel, { sparsity: 0.5 });
    return { matrix: EllMatrix.fromKernel(kernel, mask), stored: tf.transpose(mask) };
  },
  NmMatrix: () => {
    const kernel = normalKernel([COLUMNS, ROWS], 3);
    const mask = topKMask(kernel, { pattern: '2:4' });
    return { matrix: NmMatrix.fromKernel(kernel, mask), stored: tf.transpose(mask) };
  },
  BlockSparseMatrix: () => {
    const dense = normalKernel([ROWS, COLUMNS], 4);
    const mask = topKMask(dense, { sparsity: 0.5, pattern: { block: [4, 3] } });
    return { matrix: BlockSparseMatrix.fromMask(dense, mask, [4, 3]), stored: mask };
  },
};

onEveryBackend('spmm of every kind of matrix', (backend) => {
  for (const [kind, make] of Object.entries(KINDS)) {
    for (const isPlanned of [false, true]) {
      it(`multiplies and differentiates as the dense product: ${kind}${isPlanned ? ' with a plan' : ''}`, () => {
        const { matrix, stored } = make();
        const operand = isPlanned ? new SparsePlan(matrix) : matrix;
        expect(matrix.shape).toEqual([ROWS, COLUMNS]);
        const dense = matrix.toDense();
        expectClose(matrix.transpose().toDense(), tf.transpose(dense), 0);
        for (const activation of ['none', 'relu', 'gelu'] as const) {
          for (const isLeft of [false, true]) {
            for (const transpose of [false, true]) {
              const [outer, inner] = isLeft === transpose ? [COLUMNS, ROWS] : [ROWS, COLUMNS];
              const units = outer;
              const x = normalKernel(isLeft ? [inner, 7] : [7, inner], 5);
              const bias = normalKernel([units], 6);
              const weights = normalKernel(isLeft ? [units, 7] : [7, units], 7);
              const options = { activation, transposeA: isLeft && transpose, transposeB: !isLeft && transpose };
              const loss = (v: tf.Tensor, d: tf.Tensor, c: tf.Tensor) => {
                const sparse = operand.withValues(v);
                const y = isLeft ? spmm(sparse, d, { ...options, bias: c }) : spmm(d, sparse, { ...options, bias: c });
                return tf.sum(tf.mul(weights, y)) as tf.Scalar;
              };
              const denseLoss = (m: tf.Tensor, d: tf.Tensor, c: tf.Tensor) => {
                const [a, b] = (isLeft ? [m, d] : [d, m]) as [tf.Tensor2D, tf.Tensor2D];
                const product = tf.matMul(a, b, options.transposeA, options.transposeB);
                const sum = tf.add(product, isLeft ? tf.reshape(c, [units, 1]) : c);
                return tf.sum(tf.mul(weights, activate(sum, activation))) as tf.Scalar;
              };
              const [value, gradients] = [loss(matrix.values, x, bias), tf.grads(loss)([matrix.values, x, bias])];
              const expected = tf.grads(denseLoss)([dense, x, bias]);
              expectClose(value, denseLoss(dense, x, bias));
              const atEntries = tf.mul(expected[0]!, tf.cast(stored, 'float32'));
              expectClose((matrix.withValues(gradients[0]!) as SparseMatrix).toDense(), atEntries);
              expectClose(gradients[1]!, expected[1]!);
              expectClose(gradients[2]!, expected[2]!);
            }
          }
        }
      });
    }

    it(`follows values that change, and leaves no tensor behind: ${kind}`, () => {
      const { matrix } = make();
      const variable = tf.variable(matrix.values);
      const x = normalKernel([5, ROWS], 8);
      const optimizer = tf.train.sgd(0.05);
      const before = tf.memory().numTensors;
      const plan = new SparsePlan(matrix.withValues(variable) as SparseMatrix);
      expect(tf.memory().numTensors).toBe(before + (backend === 'tensorflow' ? 2 : 0));
      const loss = () => tf.sum(tf.square(spmm(x, plan, { activation: 'gelu' }))) as tf.Scalar;
      const losses: number[] = [];
      for (let step = 0; step < 5; step++) {
        const held = tf.memory().numTensors;
        losses.push(tf.tidy(() => loss().dataSync()[0]!));
        const direct = tf.tidy(() => spmm(x, matrix.withValues(variable) as SparseMatrix).dataSync());
        const planned = tf.tidy(() => spmm(x, plan).dataSync());
        expect(planned).toEqual(direct);
        optimizer.minimize(loss, false, [variable]);
        expect(tf.memory().numTensors).toBe(held);
      }
      expect(losses[4]).toBeLessThan(losses[0]! * 0.9);
      plan.dispose();
      expect(tf.memory().numTensors).toBe(before);
    });
  }

  it('samples and differentiates at blocks', () => {
    const { matrix } = KINDS['BlockSparseMatrix']!();
    const [a, b] = [normalKernel([6, ROWS], 9), normalKernel([COLUMNS, 6], 10)];
    const weights = normalKernel(matrix.values.shape, 11);
    const options = { transposeA: true, transposeB: true };
    const loss = (p: tf.Tensor, q: tf.Tensor) => tf.sum(tf.mul(weights, sddmm(matrix, p, q, options))) as tf.Scalar;
    const spread = (matrix.withValues(weights) as SparseMatrix).toDense();
    const denseLoss = (p: tf.Tensor, q: tf.Tensor) =>
      tf.sum(tf.mul(spread, tf.matMul(p as tf.Tensor2D, q as tf.Tensor2D, true, true))) as tf.Scalar;
    const [actual, expected] = [tf.grads(loss)([a, b]), tf.grads(denseLoss)([a, b])];
    expectClose(actual[0]!, expected[0]!);
    expectClose(actual[1]!, expected[1]!);
    expectClose(loss(a, b), denseLoss(a, b));
  });

  it('converts to plain arrays and back', () => {
    for (const make of Object.values(KINDS)) {
      const { matrix } = make();
      const arrays = matrix.toArrays();
      const again = (matrix.constructor as unknown as { fromArrays(fields: object): SparseMatrix }).fromArrays(arrays);
      expectClose(again.toDense(), matrix.toDense(), 0);
      expect([again.shape, again.density]).toEqual([matrix.shape, matrix.density]);
    }
  });

  it('names the first bad entry of a broken matrix', () => {
    const { matrix } = KINDS['BlockSparseMatrix']!() as { matrix: BlockSparseMatrix };
    const columns = matrix.columnIndices.dataSync().slice();
    columns[2] = 600;
    const broken = new BlockSparseMatrix({ ...matrix, columnIndices: tf.tensor1d(columns, 'int32') });
    const message = 'columnIndices[2] must be in [0, 5), got 600';
    expect(() => spmm(tf.ones([2, ROWS]), broken)).toThrow(RangeError);
    expect(() => spmm(tf.ones([2, ROWS]), broken)).toThrow(`spmm: ${message}`);
    expect(() => sddmm(broken, tf.ones([ROWS, 2]), tf.ones([2, COLUMNS]))).toThrow(`sddmm: ${message}`);
    if (backend === 'tensorflow') expect(() => new SparsePlan(broken)).toThrow(`SparsePlan: ${message}`);
  });

  it('refuses bad arguments by name', () => {
    const mask = tf.ones([4, 4], 'bool');
    const dense = tf.ones([4, 4]);
    expect(() => EllMatrix.fromKernel(tf.ones([4, 4], 'int32'))).toThrow(
      'EllMatrix.fromKernel: kernel must be float32',
    );
    expect(() => EllMatrix.fromKernel(dense, tf.ones([2, 4], 'bool'))).toThrow(
      'mask must have shape [4, 4], got [2,4]',
    );
    expect(() => NmMatrix.fromMask(dense, mask)).toThrow(
      'NmMatrix.fromMask: every 4 columns must keep exactly 2, got 4 in row 0 from column 0',
    );
    expect(() => NmMatrix.fromDense(dense, { n: 9 })).toThrow(
      'NmMatrix.fromDense: n must be an integer in [1, 4], got 9',
    );
    expect(() => BlockSparseMatrix.fromDense(dense, [0, 4])).toThrow(
      'BlockSparseMatrix.fromDense: block must hold integers in [1, 67108864], got 0',
    );
    const values = tf.ones([3]);
    const columnIndices = tf.tensor1d([0, 1, 2], 'int32');
    expect(() => new EllMatrix({ shape: [2, 4], values, columnIndices })).toThrow(
      'EllMatrix: columnIndices must have a multiple of rows = 2 entries, got 3',
    );
    const blocks = BlockSparseMatrix.fromDense(dense, [2, 2]);
    expect(() => blocks.withValues(tf.ones([4, 2, 3]))).toThrow(
      'BlockSparseMatrix: values must have shape [4,2,2], got [4,2,3]',
    );
    expect(() => new SparsePlan(blocks).withValues(tf.ones([16]))).toThrow(RangeError);
  });
});

/** By tfjs's own operations. */
function activate(sum: tf.Tensor, activation: 'none' | 'relu' | 'gelu'): tf.Tensor {
  if (activation === 'gelu') return tf.mul(tf.mul(sum, 0.5), tf.add(tf.erf(tf.mul(sum, Math.SQRT1_2)), 1));
  return activation === 'relu' ? tf.relu(sum) : sum;
}
