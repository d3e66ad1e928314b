import { useFastGradients } from '@winnow/ops';
import { tf } from '@winnow/tensorflow';
import { afterEach, describe, expect, it } from 'vitest';

let restore: (() => void) | undefined;
afterEach(() => {
  restore?.();
  restore = undefined;
  tf.setBackend('tensorflow');
});

function largestDifference(a: tf.Tensor, b: tf.Tensor): number {
  return tf.tidy(() => tf.max(tf.abs(tf.sub(a, b))).dataSync()[0] as number);
}

/** Output, gradients and running statistics of one training pass through a BatchNorm layer. */
function batchNormPass(shape: number[], options: object, order = shape.map((_, at) => at)) {
  const layer = tf.layers.batchNormalization({ momentum: 0.8, ...options });
  const x = tf.transpose(tf.randomNormal(shape, 2, 3, 'float32', 1), order);
  const dy = tf.transpose(tf.randomNormal(shape, 0, 1, 'float32', 2), order);
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

it.each<[number[], number[], object, string]>([
  [[4, 5, 6, 3], [0, 3, 1, 2], { axis: 1 }, 'tensorflow'],
  [[4, 5, 6, 3], [0, 3, 1, 2], { axis: 1 }, 'cpu'],
  [[4, 5, 6, 3], [0, 1, 3, 2], { axis: -2, epsilon: 0.1 }, 'tensorflow'],
  [[4, 5, 3], [0, 2, 1], { axis: 1, scale: false }, 'tensorflow'],
  [[4, 5, 3], [0, 2, 1], { axis: 1, center: false }, 'tensorflow'],
])('BatchNorm of shape %o in the order %o %o equals that with the channels last on %s', (shape, order, options, at) => {
  // Stock tfjs has no gradient for another axis, and cannot train without scale or center.
  restore = useFastGradients();
  const [y, dx, ...rest] = batchNormPass(shape, { ...options, axis: -1 });
  const expected = [tf.transpose(y!, order), tf.transpose(dx!, order), ...rest];
  tf.setBackend(at);
  const fast = batchNormPass(shape, options, order);
  expect(fast.map((tensor) => tensor.shape)).toEqual(expected.map((tensor) => tensor.shape));
  const values = fast.map((tensor) => tensor.dataSync());
  tf.setBackend('tensorflow');
  for (const [i, tensor] of expected.entries()) {
    const got = tf.tensor(values[i]!, tensor.shape);
    expect(largestDifference(got, tensor)).toBeLessThan(2e-5);
  }
});

it('a ReLU and a sum after a BatchNorm of another axis compute as ever', () => {
  const input = tf.input({ shape: [3, 4, 5] });
  const norm = tf.layers.batchNormalization({ axis: 1 }).apply(input) as tf.SymbolicTensor;
  const sum = tf.layers.add().apply([norm, input]) as tf.SymbolicTensor;
  const model = tf.model({ inputs: input, outputs: tf.layers.reLU().apply(sum) as tf.SymbolicTensor });
  const x = tf.randomNormal([4, 3, 4, 5], 2, 3, 'float32', 1);
  const stock = model.apply(x, { training: true }) as tf.Tensor;
  restore = useFastGradients();
  expect(largestDifference(model.apply(x, { training: true }) as tf.Tensor, stock)).toBeLessThan(2e-5);
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

describe('BatchNorm with running statistics', () => {
  const shapes: [number[], object][] = [
    [[4, 5, 6, 3], { axis: 1 }],
    [[4, 5, 6, 3], { axis: 2, epsilon: 0.1 }],
    [[4, 5, 6, 3], { axis: -1 }],
    [[4, 5, 6], { axis: 1, scale: false }],
    [[4, 5, 6], { axis: -2, center: false }],
    [[4, 6], { scale: false }],
    [[4, 6], { center: false, scale: false }],
    [[2, 5, 3, 4, 3], { axis: 1 }],
    [[2, 5, 3, 4, 3], {}],
  ];

  it.each(shapes.flatMap((one) => [[...one, 'tensorflow'] as const, [...one, 'cpu'] as const]))(
    'of shape %o %o has the output and the gradients of its formula on %s',
    (shape, options, backend) => {
      restore = useFastGradients();
      tf.setBackend(backend);
      const layer = tf.layers.batchNormalization(options) as unknown as tf.layers.Layer & {
        axis: number;
        epsilon: number;
        gamma?: tf.LayerVariable;
        beta?: tf.LayerVariable;
        movingMean: tf.LayerVariable;
        movingVariance: tf.LayerVariable;
      };
      layer.build([null, ...shape.slice(1)]);
      layer.setWeights(layer.getWeights().map(({ shape: of }, i) => tf.randomUniform(of, 0.5, 1.5, 'float32', i + 1)));
      const x = tf.randomNormal(shape, 1, 2, 'float32', 1);
      const dy = tf.randomNormal(shape, 0, 1, 'float32', 2);
      const axis = (layer.axis + shape.length) % shape.length;
      const along = (tensor: tf.Tensor) =>
        tf.reshape(
          tensor,
          shape.map((size, at) => (at === axis ? size : 1)),
        );
      const others = shape.map((_, at) => at).filter((at) => at !== axis);
      const [gamma, beta] = [layer.gamma?.read() ?? tf.ones([shape[axis]!]), layer.beta?.read() ?? tf.scalar(0)];
      const inverse = along(tf.rsqrt(tf.add(layer.movingVariance.read(), layer.epsilon)));
      const normal = tf.mul(tf.sub(x, along(layer.movingMean.read())), inverse);
      const run = (input: tf.Tensor) => layer.apply(input, { training: false }) as tf.Tensor;
      const weights = [layer.gamma, layer.beta].flatMap((weight) => (weight ? [weight.read() as tf.Variable] : []));
      const loss = () => tf.sum(tf.mul(run(x), dy)) as tf.Scalar;
      const grads = weights.length > 0 ? tf.variableGrads(loss, weights).grads : {};
      const wanted: [tf.Tensor, tf.Tensor][] = [
        [run(x), tf.add(tf.mul(normal, along(gamma)), beta.rank === 0 ? beta : along(beta))],
        [tf.grad(run)(x, dy), tf.mul(tf.mul(dy, inverse), along(gamma))],
      ];
      if (layer.gamma)
        wanted.push([grads[(layer.gamma.read() as tf.Variable).name]!, tf.sum(tf.mul(dy, normal), others)]);
      if (layer.beta) wanted.push([grads[(layer.beta.read() as tf.Variable).name]!, tf.sum(dy, others)]);
      for (const [got, expected] of wanted) {
        expect(got.shape).toEqual(expected.shape);
        expect(largestDifference(got, expected)).toBeLessThan(1e-4);
      }
    },
  );
});
