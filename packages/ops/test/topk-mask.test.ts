import { topKMask } from '@winnow/ops';
import { tf } from '@winnow/tensorflow';
import { expect, it } from 'vitest';
import { fromBits, normalKernel, onEveryBackend } from './backends.js';
import golden from './golden/topk_mask.json' with { type: 'json' };

onEveryBackend('topKMask', () => {
  for (const { name, shape, bits, expected } of golden.cases) {
    it(`gives NumPy's mask: ${name}`, () => {
      const kernel = fromBits(bits, shape);
      for (const { sparsity, granularity, mask } of expected) {
        const actual = topKMask(kernel, { sparsity, granularity: granularity as 'weight' | 'unit' });
        expect(actual.dtype).toBe('bool');
        expect(actual.shape).toEqual(shape);
        expect(actual.dataSync().join(''), `sparsity ${sparsity}, ${granularity}`).toBe(mask);
        actual.dispose();
      }
      kernel.dispose();
    });
  }

  it('accepts nested numbers and leaves no tensor behind', () => {
    const before = tf.memory().numTensors;
    const mask = topKMask(
      [
        [3, -1],
        [-2, 2],
        [1, 5],
      ],
      { sparsity: 0.5 },
    );
    expect([...mask.dataSync()]).toEqual([1, 0, 1, 1, 0, 1]);
    mask.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('lets no gradient through', () => {
    const kernel = normalKernel([5, 3], 1);
    const gradient = tf.grad((w) => tf.sum(tf.mul(w, tf.cast(topKMask(w, { sparsity: 0.6 }), 'float32'))))(kernel);
    const mask = tf.cast(topKMask(kernel, { sparsity: 0.6 }), 'float32');
    expect([...gradient.dataSync()]).toEqual([...mask.dataSync()]);
  });

  it.each([
    [1.5, RangeError, 'topKMask: sparsity must be in [0, 1], got 1.5'],
    [-0.1, RangeError, 'topKMask: sparsity must be in [0, 1], got -0.1'],
    [Number.NaN, RangeError, 'topKMask: sparsity must be in [0, 1], got NaN'],
    ['0.5', TypeError, "topKMask: sparsity must be a number in [0, 1], got '0.5'"],
  ])('refuses sparsity %s', (sparsity, error, message) => {
    const call = () => topKMask([[1]], { sparsity: sparsity as number });
    expect(call).toThrow(error);
    expect(call).toThrow(message);
  });

  it('refuses other bad arguments by name', () => {
    const granularity = 'row' as 'weight';
    expect(() => topKMask([[1]], { sparsity: 0, granularity })).toThrow(
      "topKMask: granularity must be one of 'weight', 'unit', got 'row'",
    );
    expect(() => topKMask(tf.scalar(1), { sparsity: 0 })).toThrow('topKMask: kernel must have at least 1 axis');
    expect(() => topKMask(tf.tensor1d([1], 'int32'), { sparsity: 0 })).toThrow(
      'topKMask: kernel must be float32, got int32',
    );
  });

  it('refuses NaN by name and place', () => {
    const kernel = tf.tensor2d([
      [1, 2],
      [3, Number.NaN],
      [Number.NaN, 4],
    ]);
    for (const granularity of ['weight', 'unit'] as const) {
      const call = () => topKMask(kernel, { sparsity: 0.5, granularity, name: 'conv1' });
      expect(call).toThrow(RangeError);
      expect(call).toThrow("topKMask: kernel 'conv1' must not contain NaN, got NaN at index 3");
    }
  });
});
