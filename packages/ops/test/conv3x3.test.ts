import { conv3x3 } from '@winnow/ops';
import { tf } from '@winnow/tensorflow';
import { expect, it } from 'vitest';
import { onEveryBackend } from './backends.js';

/** The largest difference, relative to the largest expected magnitude. */
function distance(actual: tf.Tensor, expected: tf.Tensor): number {
  expect(actual.shape).toEqual(expected.shape);
  return tf.tidy(() => {
    const largest = tf.max(tf.abs(expected)).dataSync()[0] as number;
    return (tf.max(tf.abs(tf.sub(actual, expected))).dataSync()[0] as number) / largest;
  });
}

const normal = (shape: [number, number, number, number], seed: number) =>
  tf.randomNormal<tf.Rank.R4>(shape, 0, 1, 'float32', seed);

onEveryBackend('conv3x3', () => {
  it.each([
    [2, 8, 8, 16, 32],
    [1, 5, 7, 32, 16],
    [3, 1, 2, 16, 16],
  ] as const)(
    'equals tf.conv2d and its gradients: [%i, %i, %i, %i] to %i channels',
    (images, height, width, inputs, outputs) => {
      const x = normal([images, height, width, inputs], 1);
      const filter = normal([3, 3, inputs, outputs], 2);
      const dy = normal([images, height, width, outputs], 3);
      const plain = (a: tf.Tensor, b: tf.Tensor) => tf.conv2d(a as tf.Tensor4D, b as tf.Tensor4D, 1, 'same');
      const ours = (a: tf.Tensor, b: tf.Tensor) => conv3x3(a as tf.Tensor4D, b as tf.Tensor4D);
      expect(distance(ours(x, filter), plain(x, filter))).toBeLessThan(2e-6);
      const expected = tf.grads(plain)([x, filter], dy);
      for (const [i, gradient] of tf.grads(ours)([x, filter], dy).entries()) {
        expect(distance(gradient, expected[i] as tf.Tensor)).toBeLessThan(2e-6);
      }
    },
  );

  it('takes no images', () => {
    expect(conv3x3(tf.zeros([0, 8, 8, 16]), tf.zeros([3, 3, 16, 32])).shape).toEqual([0, 8, 8, 32]);
  });

  it('leaves no tensor behind', () => {
    const x = normal([1, 4, 4, 16], 1);
    const filter = normal([3, 3, 16, 16], 2);
    const before = tf.memory().numTensors;
    const gradients = tf.grads((a, b) => conv3x3(a as tf.Tensor4D, b as tf.Tensor4D))(
      [x, filter],
      normal([1, 4, 4, 16], 3),
    );
    expect(tf.memory().numTensors).toBe(before + 3);
    tf.dispose(gradients);
  });

  it('names what is wrong', () => {
    const x = tf.zeros<tf.Rank.R4>([1, 4, 4, 16]);
    expect(() => conv3x3(x, tf.zeros([3, 3, 16, 8]))).toThrow(
      new RangeError('conv3x3: filter must be [3, 3, inputs, outputs] with multiples of 16 channels, got [3,3,16,8]'),
    );
    expect(() => conv3x3(x, tf.zeros([3, 3, 32, 16]))).toThrow(
      new RangeError("conv3x3: x must have the filter's 32 input channels, got [1,4,4,16]"),
    );
    expect(() => conv3x3(tf.zeros([4, 4, 16]) as unknown as tf.Tensor4D, tf.zeros([3, 3, 16, 16]))).toThrow(
      new RangeError('conv3x3: x must have rank 4, got [4,4,16]'),
    );
    expect(() => conv3x3(x.toInt(), tf.zeros([3, 3, 16, 16]))).toThrow(
      new TypeError('conv3x3: x must be float32, got int32'),
    );
    expect(() => conv3x3(undefined as unknown as tf.Tensor4D, tf.zeros([3, 3, 16, 16]))).toThrow(TypeError);
  });
});
