import * as tf from '@tensorflow/tfjs';
import * as ops from '@winnow/ops';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { operations } from '../src/register.js';
import { runKernel } from '../src/run-kernel.js';

// A backend that has all of tfjs and nothing of Winnow, as webgl and wasm are; it shares the data of `cpu`.
const BARE = 'bare';
beforeAll(async () => {
  await tf.setBackend('cpu');
  const cpu = tf.backend();
  tf.registerBackend(BARE, () => cpu);
  for (const kernel of tf.getKernelsForBackend('cpu')) {
    if (!kernel.kernelName.startsWith('Winnow')) tf.registerKernel({ ...kernel, backendName: BARE });
  }
  await tf.setBackend(BARE);
});
afterAll(async () => {
  await tf.setBackend('cpu');
});

const square = () => tf.ones([4, 4]);
const vector = () => tf.ones([4]);
const image = () => tf.ones([1, 4, 4, 16]);
const sparse = () => ops.CsrMatrix.fromDense(square());
const tokens = () => tf.ones([1, 3, 4]);
const random = { seed: 1, step: 0 };
const variable = () => tf.variable(square(), true, `no-tensorflow-${Math.random()}`);
const step = (optimizer: ops.Optimizer) => () => optimizer.step([variable()], [square()], 0.1);

const calls: Record<string, () => unknown> = {
  topKMask: () => ops.topKMask(square(), { sparsity: 0.5 }),
  rankMask: () => ops.rankMask([square()], { sparsity: 0.5, scope: 'global' }),
  targetedDropout: () => ops.targetedDropout(square(), { targetFraction: 0.5, dropRate: 0.5, ...random }),
  attention: () => ops.attention(tokens(), tokens(), tokens(), { heads: 2 }),
  batchNorm: () => ops.batchNorm(square(), vector(), vector()),
  conv2d: () => ops.conv2d(image() as tf.Tensor4D, tf.ones([3, 3, 16, 16]) as tf.Tensor4D),
  layerNorm: () => ops.layerNorm(square(), vector(), vector(), 0.1),
  softmaxCrossEntropy: () => ops.softmaxCrossEntropy(square(), tf.zeros([4], 'int32')),
  addBias: () => ops.addBias(square(), vector()),
  gelu: () => ops.gelu(square()),
  spmm: () => ops.spmm(sparse(), square()),
  sddmm: () => ops.sddmm(sparse(), square(), square()),
  randomUniform: () => ops.randomUniform([4], random),
  randomNormal: () => ops.randomNormal([4], random),
  sgd: step(ops.sgd({})),
  adam: step(ops.adam({})),
};

describe('on a backend without Winnow’s kernels', () => {
  for (const [name, call] of Object.entries(calls)) {
    it(`${name} says which backends have it and how to come by one`, () => {
      expect(call).toThrow(/^\w+: /);
      expect(call).toThrow(
        ": the backend 'bare' has no kernel for it; it runs on 'cpu' and 'tensorflow'. To mend it, call " +
          "tf.setBackend('cpu'), or in Node.js import { tf } from '@winnow/tensorflow' instead of '@tensorflow/tfjs'.",
      );
    });
  }

  it('every kernel, gradients included, is refused by the same words', () => {
    for (const { kernelName } of Object.values(operations).flatMap(({ kernels }) => kernels)) {
      expect(() => runKernel(kernelName, {}), kernelName).toThrow("the backend 'bare' has no kernel for it");
    }
  });

  it('the advice helps', async () => {
    await tf.setBackend('cpu');
    for (const [name, call] of Object.entries(calls)) expect(call, name).not.toThrow();
    await tf.setBackend(BARE);
  });
});

it('useFastGradients says that there is no TensorFlow to make faster, and changes nothing', () => {
  const stock = tf.getGradient('Relu');
  expect(() => ops.useFastGradients()).toThrow(
    "useFastGradients: the backend 'tensorflow', which it makes faster, is not in this process. " +
      "To mend it, in Node.js import { tf } from '@winnow/tensorflow' instead of '@tensorflow/tfjs'.",
  );
  expect(tf.getGradient('Relu')).toBe(stock);
});
