import { loadTensorFlowOps } from '@winnow/native';
import { tf } from '@winnow/tensorflow';
import { beforeAll, describe, expect, it } from 'vitest';
import type { TensorflowBackend } from '../src/backends.js';
import { intAttribute, stringAttribute } from '../src/tensorflow-kernel.js';

const BIG = 2 ** 30;

beforeAll(() => {
  tf.setBackend('tensorflow');
  loadTensorFlowOps();
});

/**
 * Shapes of nothing whose sizes multiply to more than 64 bits: TensorFlow's own shape class aborts for such products.
 */
describe('TensorFlow ops with overflowing shapes', () => {
  const empty = (shape: number[], type: 'float32' | 'bool' = 'float32') => tf.tensor([], shape, type);

  it('attention names the tensor that does not fit', () => {
    const backend = tf.backend() as unknown as TensorflowBackend;
    const attributes = [
      intAttribute(backend, 'heads', 1),
      stringAttribute(backend, 'causal', 'none'),
      { name: 'scale', type: backend.binding.TF_ATTR_FLOAT, value: 1 },
    ];
    const inputs = [empty([BIG, 0, BIG]), empty([0, BIG, BIG]), empty([BIG, 0, BIG]), empty([0], 'bool')];
    expect(() => backend.executeMultipleOutputs('WinnowAttention', attributes, inputs, 2)).toThrow(
      /winnow\.attention: key must have shape \[1073741824,1073741824,1073741824\]/,
    );
  });
});
