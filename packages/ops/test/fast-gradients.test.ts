import { useFastGradients } from '@winnow/ops';
import { tf } from '@winnow/tensorflow';
import { afterEach, expect, it } from 'vitest';

let restore: (() => void) | undefined;
afterEach(() => {
  restore?.();
  restore = undefined;
});

function largestDifference(a: tf.Tensor, b: tf.Tensor): number {
  return tf.tidy(() => tf.max(tf.abs(tf.sub(a, b))).dataSync()[0] as number);
}

/** Output, gradients and running statistics of one training pass through a BatchNorm layer. */
function batchNormPass(shape: number[], options: object) {
  const layer = tf.layers.batchNormalization({ momentum: 0.8, ...options });
  const x = tf.randomNormal(shape, 2, 3, 'float32', 1);
  const dy = tf.randomNormal(shape, 0, 1, 'float32', 2);
  layer.apply(x);
  layer.setWeights(layer.getWeights().map((weight, i) => tf.randomUniform(weight.shape, 0.5, 1.5, 'float32', i + 1)));
  const variables = layer.trainableWeights.map((weight) => weight.read() as tf.Variable);
  const { grads } = tf.variableGrads(
    () => tf.sum(tf.mul(layer.apply(x, { training: true }) as tf.Tensor, dy)) as tf.Scalar,
    variables,
  );
  const moved = layer.getWeights();
  const dx = tf.grad((input) => layer.apply(input, { training: true }) as tf.Tensor)(x, dy);
  const y = layer.apply(x, { training: true }) as tf.Tensor;
  return [y, dx, ...variables.map((variable) => grads[variable.name] as tf.Tensor), ...moved];
}

it.each([
  [[8, 5, 5, 3], {}],
  [[16, 7], {}],
  [[4, 6, 5], {}],
  [[8, 5, 5, 3], { epsilon: 0.1 }],
])('BatchNorm of shape %o %o equals stock tf.layers within rounding', (shape, options) => {
  const stock = batchNormPass(shape, options);
  restore = useFastGradients();
  const fast = batchNormPass(shape, options);
  expect(fast).toHaveLength(stock.length);
  for (const [i, tensor] of fast.entries()) expect(largestDifference(tensor, stock[i] as tf.Tensor)).toBeLessThan(2e-5);
});

it('leaves layers alone that the fused kernel does not fit', () => {
  const layer = tf.layers.batchNormalization({ axis: 1 });
  const x = tf.randomNormal([4, 3, 5, 6], 2, 3, 'float32', 1);
  layer.apply(x);
  const stock = layer.apply(x, { training: true }) as tf.Tensor;
  restore = useFastGradients();
  expect(largestDifference(layer.apply(x, { training: true }) as tf.Tensor, stock)).toBe(0);
});

it("ReLU's gradient equals stock tfjs exactly, zero at zero", () => {
  const x = tf.tensor1d([-2, -0, 0, 1e-30, 3]);
  const dy = tf.tensor1d([5, 6, 7, 8, 9]);
  const stock = tf
    .grad((v) => tf.relu(v))(x, dy)
    .dataSync();
  restore = useFastGradients();
  expect(
    tf
      .grad((v) => tf.relu(v))(x, dy)
      .dataSync(),
  ).toEqual(stock);
  tf.setBackend('cpu');
  expect(
    tf
      .grad((v) => tf.relu(v))(tf.tensor1d([-2, -0, 0, 1e-30, 3]), tf.tensor1d([5, 6, 7, 8, 9]))
      .dataSync(),
  ).toEqual(stock);
  tf.setBackend('tensorflow');
});

it('can be switched on twice and off again', () => {
  const layer = tf.layers.batchNormalization({});
  const stockCall = layer.call;
  restore = useFastGradients();
  expect(useFastGradients()).toBe(restore);
  expect(layer.call).not.toBe(stockCall);
  restore();
  expect(layer.call).toBe(stockCall);
});
