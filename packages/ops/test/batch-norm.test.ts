import { batchNorm } from '@winnow/ops';
import { tf } from '@winnow/tensorflow';
import { expect, it } from 'vitest';
import { onEveryBackend } from './backends.js';

const CHANNELS = 5;
const normal = (shape: number[], seed: number) => tf.randomNormal(shape, 2, 3, 'float32', seed);

/** The same from tfjs's small operations, whose gradients are tfjs's own. */
function composed(x: tf.Tensor, scale: tf.Tensor, offset: tf.Tensor, relu: boolean, skip?: tf.Tensor): tf.Tensor {
  const { mean, variance } = tf.moments(
    x,
    Array.from({ length: x.rank - 1 }, (_, i) => i),
  );
  const y = tf.add(tf.mul(tf.sub(x, mean), tf.mul(tf.rsqrt(tf.add(variance, 1e-3)), scale)), offset);
  const sum = skip ? tf.add(y, skip) : y;
  return relu ? tf.relu(sum) : sum;
}

function expectClose(actual: tf.Tensor, expected: tf.Tensor): void {
  expect(actual.shape).toEqual(expected.shape);
  expect(tf.max(tf.abs(tf.sub(actual, expected))).dataSync()[0]).toBeLessThan(5e-5);
}

onEveryBackend('batchNorm', () => {
  const variants = [false, true].flatMap((relu) => [false, true].map((hasSkip) => ({ relu, hasSkip })));
  it.each(variants)('equals the composition and its gradients: %o', ({ relu, hasSkip }) => {
    for (const shape of [
      [4, 3, 3, CHANNELS],
      [7, CHANNELS],
      [600, 2, CHANNELS],
    ]) {
      const operands = [normal(shape, 1), normal([CHANNELS], 2), normal([CHANNELS], 3), normal(shape, 4)];
      const given = hasSkip ? operands : operands.slice(0, 3);
      const dy = normal(shape, 5);
      const ours = (...[x, scale, offset, skip]: tf.Tensor[]) =>
        batchNorm(x!, scale!, offset!, { relu, ...(skip && { skip }) }).y;
      const expected = (...[x, scale, offset, skip]: tf.Tensor[]) => composed(x!, scale!, offset!, relu, skip);
      expectClose(ours(...given), expected(...given));
      const gradients = tf.grads(expected)(given, dy);
      const scaleOf = tf.max(tf.abs(tf.concat(gradients.map((g) => tf.reshape(g, [-1]))))).dataSync()[0] as number;
      for (const [i, gradient] of tf.grads(ours)(given, dy).entries()) {
        expectClose(tf.div(gradient, scaleOf), tf.div(gradients[i] as tf.Tensor, scaleOf));
      }
    }
  });

  it('adds the gradient that comes through', () => {
    const [x, scale, offset, dy] = [
      normal([6, CHANNELS], 1),
      tf.ones([CHANNELS]),
      tf.zeros([CHANNELS]),
      normal([6, CHANNELS], 2),
    ];
    const loss = (input: tf.Tensor, through: boolean) => {
      const result = batchNorm(input, scale, offset, { relu: true, through });
      return tf.add(tf.mul(result.y, dy), tf.square(result.through ?? input));
    };
    const [direct, through] = [false, true].map((way) => tf.grad((input) => loss(input, way))(x));
    expectClose(through!, direct!);
  });

  it('updates running statistics', () => {
    const x = tf.tensor2d([1, 3], [2, 1]);
    const moving = { mean: tf.tensor1d([10]), variance: tf.tensor1d([20]), momentum: 0.75 };
    const { mean, variance, movedMean, movedVariance } = batchNorm(x, tf.ones([1]), tf.zeros([1]), { moving });
    expect([mean, variance, movedMean, movedVariance].map((t) => t.dataSync()[0])).toEqual([2, 1, 8, 15.25]);
  });

  it('takes no rows', () => {
    expect(batchNorm(tf.zeros([0, 2, 3]), tf.ones([3]), tf.zeros([3])).y.shape).toEqual([0, 2, 3]);
  });

  it('leaves no tensor behind', () => {
    const [x, scale, offset] = [normal([6, CHANNELS], 1), tf.ones([CHANNELS]), tf.zeros([CHANNELS])];
    const before = tf.memory().numTensors;
    tf.dispose(tf.grad((input) => batchNorm(input, scale, offset, { relu: true, skip: input, through: true }).y)(x));
    expect(tf.memory().numTensors).toBe(before);
  });

  it('names what is wrong', () => {
    const [x, vector] = [tf.zeros([6, CHANNELS]), tf.zeros([CHANNELS])];
    expect(() => batchNorm(x, tf.zeros([4]), vector)).toThrow(
      new RangeError('batchNorm: scale must have shape [5], got [4]'),
    );
    expect(() => batchNorm(x, vector, vector, { skip: tf.zeros([6, 1]) })).toThrow(
      new RangeError('batchNorm: skip must have shape [6,5], got [6,1]'),
    );
    expect(() => batchNorm(x, vector, vector, { epsilon: -1 })).toThrow(
      new RangeError('batchNorm: epsilon must be at least 0, got -1'),
    );
    const moving = { mean: vector, variance: vector, momentum: 1.5 };
    expect(() => batchNorm(x, vector, vector, { moving })).toThrow(
      new RangeError('batchNorm: moving.momentum must be in [0, 1], got 1.5'),
    );
    expect(() => batchNorm(x.toInt(), vector, vector)).toThrow(TypeError);
    expect(() => batchNorm(tf.scalar(1), vector, vector)).toThrow(RangeError);
  });
});
