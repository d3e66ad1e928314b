import { CsrMatrix, sddmm, spmm, topKMask } from '@winnow/ops';
import { tf } from '@winnow/tensorflow';
import { describe, expect, it } from 'vitest';
import { sparseCases, sparseMatrix, transposed } from '../../../native/test/sparse-cases.js';
import { normalKernel, onEveryBackend } from './backends.js';

const plain = (numbers: Iterable<number>) => Array.from(numbers, (x) => x + 0);
const values = (tensor: tf.Tensor) => plain(tensor.dataSync());

/** A random matrix that stores about a share of its entries. */
function randomSparse(rows: number, columns: number, sparsity: number, seed: number): CsrMatrix {
  const dense = normalKernel([rows, columns], seed);
  return CsrMatrix.fromMask(dense, topKMask(dense, { sparsity }));
}

function expectClose(actual: tf.Tensor, expected: tf.Tensor, tolerance = 1e-4): void {
  expect(actual.shape).toEqual(expected.shape);
  const [a, b] = [actual.dataSync(), expected.dataSync()];
  for (const [i, value] of a.entries()) expect(Math.abs(value - b[i]!)).toBeLessThan(tolerance * (1 + Math.abs(b[i]!)));
}

/** By tfjs's own operations. */
function activate(sum: tf.Tensor, activation: 'none' | 'relu' | 'gelu'): tf.Tensor {
  if (activation === 'gelu') return tf.mul(tf.mul(sum, 0.5), tf.add(tf.erf(tf.mul(sum, Math.SQRT1_2)), 1));
  return activation === 'relu' ? tf.relu(sum) : sum;
}

onEveryBackend('spmm and sddmm', () => {
  for (const golden of sparseCases) {
    const { name, rows, columns, tokens } = golden;
    it(`equal SciPy: ${name}`, () => {
      const matrix = CsrMatrix.fromArrays(sparseMatrix(golden));
      const flipped = matrix.transpose();
      const b = tf.tensor2d(golden.right, [columns, tokens], 'float32');
      const bT = tf.tensor2d(transposed(golden.right, columns, tokens), [tokens, columns], 'float32');
      const a = tf.tensor2d(golden.left, [tokens, rows], 'float32');
      const aT = tf.tensor2d(transposed(golden.left, tokens, rows), [rows, tokens], 'float32');
      const fused = { activation: 'relu' as const, bias: tf.tensor1d(golden.rowBias, 'float32') };
      const fusedRight = { activation: 'relu' as const, bias: tf.tensor1d(golden.columnBias, 'float32') };
      for (const [sparse, transposeA] of [
        [matrix, false],
        [flipped, true],
      ] as const) {
        for (const [dense, transposeB] of [
          [b, false],
          [bT, true],
        ] as const) {
          const product = spmm(sparse, dense, { transposeA, transposeB });
          expect(product.shape).toEqual([rows, tokens]);
          expect(values(product)).toEqual(plain(golden.sparseTimesDense));
          const relu = spmm(sparse, dense, { transposeA, transposeB, ...fused });
          expect(values(relu)).toEqual(plain(golden.sparseTimesDenseBiasRelu));
        }
      }
      for (const [sparse, transposeB] of [
        [matrix, false],
        [flipped, true],
      ] as const) {
        for (const [dense, transposeA] of [
          [a, false],
          [aT, true],
        ] as const) {
          const product = spmm(dense, sparse, { transposeA, transposeB });
          expect(product.shape).toEqual([tokens, columns]);
          expect(values(product)).toEqual(plain(golden.denseTimesSparse));
          const relu = spmm(dense, sparse, { transposeA, transposeB, ...fusedRight });
          expect(values(relu)).toEqual(plain(golden.denseTimesSparseBiasRelu));
        }
      }
      for (const [x, transposeA] of [
        [a, true],
        [aT, false],
      ] as const) {
        for (const [y, transposeB] of [
          [bT, false],
          [b, true],
        ] as const) {
          expect(values(sddmm(matrix, x, y, { transposeA, transposeB }))).toEqual(plain(golden.sampled));
        }
      }
    });
  }

  it('have the gradients of the dense product', () => {
    for (const isLeft of [true, false]) {
      for (const [transposeA, transposeB] of [
        [false, false],
        [true, false],
        [false, true],
        [true, true],
      ] as const) {
        for (const activation of ['none', 'relu', 'gelu'] as const) {
          // op(a) is [7, 9], op(b) is [9, 5].
          const aShape: [number, number] = transposeA ? [9, 7] : [7, 9];
          const bShape: [number, number] = transposeB ? [5, 9] : [9, 5];
          const [rows, columns] = isLeft ? aShape : bShape;
          const matrix = randomSparse(rows, columns, 0.4, 1);
          const dense = normalKernel(isLeft ? bShape : aShape, 2);
          const bias = normalKernel([isLeft ? 7 : 5], 3);
          const weights = normalKernel([7, 5], 4);
          const options = { transposeA, transposeB, activation };
          const loss = (v: tf.Tensor, d: tf.Tensor, c: tf.Tensor) => {
            const sparse = matrix.withValues(v);
            const y = isLeft ? spmm(sparse, d, { ...options, bias: c }) : spmm(d, sparse, { ...options, bias: c });
            return tf.sum(tf.mul(weights, y)) as tf.Scalar;
          };
          const denseMatrix = matrix.toDense();
          const denseLoss = (m: tf.Tensor, d: tf.Tensor, c: tf.Tensor) => {
            const [a, b] = (isLeft ? [m, d] : [d, m]) as [tf.Tensor2D, tf.Tensor2D];
            const sum = tf.add(tf.matMul(a, b, transposeA, transposeB), isLeft ? tf.reshape(c, [7, 1]) : c);
            return tf.sum(tf.mul(weights, activate(sum, activation))) as tf.Scalar;
          };
          const [dValues, dDense, dBias] = tf.grads(loss)([matrix.values, dense, bias]);
          const expected = tf.grads(denseLoss)([denseMatrix, dense, bias]);
          expectClose(matrix.withValues(dValues!).toDense(), tf.mul(expected[0]!, tf.abs(tf.sign(denseMatrix))));
          expectClose(dDense!, expected[1]!);
          expectClose(dBias!, expected[2]!);
        }
      }
    }
  });

  it('agree with finite differences', () => {
    const matrix = randomSparse(6, 5, 0.5, 5);
    const x = normalKernel([4, 6], 6);
    const loss = (v: tf.Tensor) => tf.sum(tf.square(spmm(x, matrix.withValues(v)))) as tf.Scalar;
    const gradient = tf.grad(loss)(matrix.values).dataSync();
    const start = matrix.values.dataSync().slice();
    const h = 1e-2;
    for (const [i, value] of start.entries()) {
      const at = (delta: number) => {
        const moved = Float32Array.from(start);
        moved[i] = value + delta;
        return loss(tf.tensor1d(moved)).dataSync()[0]!;
      };
      expect(Math.abs((at(h) - at(-h)) / (2 * h) - gradient[i]!)).toBeLessThan(0.02 * (1 + Math.abs(gradient[i]!)));
    }
  });

  it('sddmm has gradients of its own', () => {
    const pattern = randomSparse(6, 5, 0.5, 7);
    const [a, b] = [normalKernel([8, 6], 8), normalKernel([5, 8], 9)];
    const weights = normalKernel([pattern.nnz], 10);
    const loss = (p: tf.Tensor, q: tf.Tensor) => {
      const sampled = sddmm(pattern, p, q, { transposeA: true, transposeB: true });
      return tf.sum(tf.mul(weights, sampled)) as tf.Scalar;
    };
    const spread = pattern.withValues(weights).toDense();
    const denseLoss = (p: tf.Tensor, q: tf.Tensor) =>
      tf.sum(tf.mul(spread, tf.matMul(p as tf.Tensor2D, q as tf.Tensor2D, true, true))) as tf.Scalar;
    const [dA, dB] = tf.grads(loss)([a, b]);
    const [expectedA, expectedB] = tf.grads(denseLoss)([a, b]);
    expectClose(dA!, expectedA!);
    expectClose(dB!, expectedB!);
  });

  it('train the values of a sparse layer', () => {
    const matrix = randomSparse(10, 4, 0.5, 11);
    const [x, target] = [normalKernel([32, 10], 12), normalKernel([32, 4], 13)];
    const variable = tf.variable(matrix.values);
    const sparse = matrix.withValues(variable);
    const optimizer = tf.train.sgd(0.1);
    const loss = () => tf.mean(tf.squaredDifference(spmm(x, sparse), target)) as tf.Scalar;
    const before = loss().dataSync()[0]!;
    for (let step = 0; step < 20; step++) optimizer.minimize(loss, false, [variable]);
    expect(loss().dataSync()[0]!).toBeLessThan(before * 0.9);
  });

  it('leave no tensor behind', () => {
    const matrix = randomSparse(12, 8, 0.5, 14);
    const x = normalKernel([5, 12], 15);
    const bias = normalKernel([8], 16);
    const before = tf.memory().numTensors;
    for (let i = 0; i < 3; i++) {
      const loss = (v: tf.Tensor, d: tf.Tensor, c: tf.Tensor) =>
        tf.sum(spmm(d, matrix.withValues(v), { bias: c, activation: 'relu' })) as tf.Scalar;
      tf.dispose(tf.grads(loss)([matrix.values, x, bias]));
      spmm(x, matrix).dispose();
      const t = matrix.transpose();
      t.toDense().dispose();
      t.dispose();
      CsrMatrix.fromDense([
        [1, 0],
        [0, 2],
      ]).dispose();
    }
    expect(tf.memory().numTensors).toBe(before);
    matrix.dispose();
    expect(tf.memory().numTensors).toBe(before - 3);
  });

  it('name the first bad entry of a broken matrix', () => {
    const broken = (columns: number[], offsets: number[]) =>
      new CsrMatrix({
        shape: [2, 4],
        values: tf.ones([columns.length]),
        columnIndices: tf.tensor1d(columns, 'int32'),
        rowOffsets: tf.tensor1d(offsets, 'int32'),
      });
    const x = tf.ones([3, 2]) as tf.Tensor2D;
    const cases: [number[], number[], string][] = [
      [[0, 1, 600], [0, 2, 3], 'columnIndices[2] must be in [0, 4), got 600'],
      [[0, -3, 600], [0, 2, 3], 'columnIndices[1] must be in [0, 4), got -3'],
      [[1, 1, 3], [0, 2, 3], 'columnIndices[1] must be greater than columnIndices[0] = 1 in the same row 0, got 1'],
      [[0, 1, 2], [0, 4, 3], 'rowOffsets[1] must be at most the number of entries 3, got 4'],
      [[0, 1, 2], [0, 2, 1], 'rowOffsets[2] must be at least rowOffsets[1] = 2, got 1'],
      [[0, 1, 2], [1, 2, 3], 'rowOffsets[0] must be 0, got 1'],
      [[0, 1, 2], [0, 1, 2], 'rowOffsets[2] must be the number of entries 3, got 2'],
    ];
    for (const [columns, offsets, message] of cases) {
      const matrix = broken(columns, offsets);
      expect(() => spmm(x, matrix)).toThrow(RangeError);
      expect(() => spmm(x, matrix)).toThrow(`spmm: ${message}`);
      expect(() => sddmm(matrix, x, tf.ones([3, 4]), { transposeA: true })).toThrow(`sddmm: ${message}`);
    }
  });

  it('refuse bad arguments by name', () => {
    const matrix = CsrMatrix.fromDense([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    const x = tf.ones([4, 2]);
    const anything = spmm as (a: unknown, b: unknown, options?: object) => tf.Tensor;
    expect(() => anything(x, x)).toThrow('spmm: one of a and b must be a sparse matrix, the other dense');
    expect(() => anything(matrix, matrix)).toThrow(TypeError);
    expect(() => anything(x, matrix, { transposeA: 1 })).toThrow('spmm: transposeA must be a boolean, got 1');
    expect(() => anything(x, matrix, { activation: 'tanh' })).toThrow(
      "spmm: activation must be one of 'none', 'relu', 'gelu', got 'tanh'",
    );
    expect(() => anything(x, matrix, { bias: tf.ones([2]) })).toThrow('spmm: bias must have shape [3], got [2]');
    expect(() => anything(tf.ones([4, 3]), matrix)).toThrow(
      'spmm: op(a) must have as many columns as op(b) has rows, got 3 and 2',
    );
    expect(() => anything(tf.ones([4, 2], 'int32'), matrix)).toThrow('spmm: a must be float32, got int32');
    expect(() => anything(tf.ones([4]), matrix)).toThrow('spmm: a must have rank 2, got shape [4]');
    expect(() => sddmm(matrix, x, x)).toThrow("sddmm: op(a) must have the pattern's 2 rows, got 4");
    expect(() => new CsrMatrix({ ...matrix, values: tf.ones([5]) })).toThrow(
      'CsrMatrix: values must have shape [6], got [5]',
    );
    expect(() => new CsrMatrix({ ...matrix, rowOffsets: tf.ones([3]) })).toThrow(
      'CsrMatrix: rowOffsets must be a tensor of int32',
    );
    expect(() => CsrMatrix.fromMask(x, tf.ones([4, 2]))).toThrow('CsrMatrix.fromMask: mask must be a bool tensor');
    expect(() => CsrMatrix.fromMask(x, tf.ones([2, 4], 'bool'))).toThrow(
      'CsrMatrix.fromMask: mask must have shape [4, 2], got [2,4]',
    );
  });
});

describe('spmm and sddmm', () => {
  it('agree within rounding on every backend', () => {
    for (const [rows, columns, tokens] of [
      [70, 130, 90],
      [1, 300, 17],
      [300, 1, 65],
    ] as const) {
      const results = (['tensorflow', 'cpu'] as const).map((backend) => {
        tf.setBackend(backend);
        const matrix = randomSparse(rows, columns, 0.3, 20);
        const x = normalKernel([tokens, rows], 21);
        const y = spmm(x, matrix, { bias: normalKernel([columns], 22) });
        const sampled = sddmm(matrix, x, y, { transposeA: true });
        return [y.dataSync(), sampled.dataSync()] as const;
      });
      for (const output of [0, 1] as const) {
        const [expected, actual] = [results[0]![output], results[1]![output]];
        for (const [i, value] of actual.entries()) {
          expect(Math.abs(value - expected[i]!)).toBeLessThan(1e-4 * (10 + Math.abs(expected[i]!)));
        }
      }
    }
  });
});
