import { tensorflowVersion, tf } from '@winnow/tensorflow';
import { expect, test } from 'vitest';

test('tf runs on TensorFlow 2.21', () => {
  expect(tensorflowVersion()).toBe('2.21.0');
  expect(tf.getBackend()).toBe('tensorflow');
});

test('operations give the right numbers', () => {
  const product = tf.matMul(
    tf.tensor2d([
      [1, 2],
      [3, 4],
    ]),
    tf.tensor2d([
      [5, 6],
      [7, 8],
    ]),
  );
  expect(product.arraySync()).toEqual([
    [19, 22],
    [43, 50],
  ]);
});

test('the version is known on another backend, too', async () => {
  await tf.setBackend('cpu');
  expect(tensorflowVersion()).toBe('2.21.0');
  await tf.setBackend('tensorflow');
});
