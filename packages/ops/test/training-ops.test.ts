import { readFileSync } from 'node:fs';
import { addBias, gelu, layerNorm, softmaxCrossEntropy } from '@winnow/ops';
import { tf } from '@winnow/tensorflow';
import { expect, it } from 'vitest';
import { bitsOf, onEveryBackend } from './backends.js';

interface Numbers {
  shape: number[];
  values: number[];
}
interface Case {
  options: Record<string, never>;
  labels?: Numbers;
  inputs: Numbers[];
  output: Numbers;
  dy: Numbers;
  gradients: Numbers[];
}
type Op = 'softmaxCrossEntropy' | 'layerNorm' | 'gelu' | 'addBias';

const golden: Record<Op, Case[]> = JSON.parse(
  readFileSync(new URL('golden/training_ops.json', import.meta.url), 'utf8'),
);
const tensor = ({ values, shape }: Numbers, dtype: 'float32' | 'int32' = 'float32') => tf.tensor(values, shape, dtype);

const functions: Record<Op, (inputs: tf.Tensor[], options: Case['options'], labels?: tf.Tensor) => tf.Tensor> = {
  softmaxCrossEntropy: ([logits], options, labels) => softmaxCrossEntropy(logits!, labels!, options),
  layerNorm: ([x, scale, offset], { epsilon }) => layerNorm(x!, scale!, offset!, epsilon),
  gelu: ([x], options) => gelu(x!, options),
  addBias: ([x, bias], { activation }) => addBias(x!, bias!, activation),
};

function expectNear(actual: tf.Tensor, expected: Numbers, bound: number): void {
  expect(actual.shape).toEqual(expected.shape);
  for (const [i, value] of actual.dataSync().entries()) {
    const wanted = expected.values[i]!;
    expect(Math.abs(value - wanted), `${value} instead of ${wanted} at ${i}`).toBeLessThan(
      bound * (1 + Math.abs(wanted)),
    );
  }
}

onEveryBackend('the training operations', () => {
  const cases = Object.entries(golden)
    .filter(([name]) => name in functions)
    .flatMap(([name, list]) => list.map((each) => [name as Op, each.options, each.inputs[0]!.shape, each] as const));

  it.each(cases)('%s %o of %o equals PyTorch, and so do its gradients', (name, options, _, each) => {
    const inputs = each.inputs.map((input) => tensor(input));
    const labels = each.labels && tensor(each.labels, 'int32');
    const before = tf.memory().numTensors;
    const output = functions[name](inputs, options, labels);
    expect(tf.memory().numTensors).toBe(before + 1);
    expectNear(output, each.output, 2e-6);
    const dy = tensor(each.dy);
    const gradients = tf.grads((...given: tf.Tensor[]) => functions[name](given, options, labels))(inputs, dy);
    expect(tf.memory().numTensors).toBe(before + 2 + gradients.length);
    for (const [i, gradient] of gradients.entries()) expectNear(gradient, each.gradients[i]!, 4e-6);
    tf.dispose([inputs, output, dy, gradients, labels ?? []]);
  });

  it.each(['softmaxCrossEntropy', 'layerNorm', 'gelu', 'addBias'] as const)('%s takes empty tensors', (name) => {
    const inputs = {
      softmaxCrossEntropy: [[0, 3]],
      layerNorm: [[0, 3], [3], [3]],
      gelu: [[0, 3]],
      addBias: [[0, 3], [3]],
    };
    const labels = tf.tensor1d([], 'int32');
    const tensors = inputs[name].map((shape) => tf.ones(shape));
    const loss = (...given: tf.Tensor[]) => tf.sum(functions[name](given, {}, labels));
    const gradients = tf.grads(loss)(tensors);
    for (const [i, gradient] of gradients.entries()) {
      expect(gradient.shape).toEqual(inputs[name][i]);
      for (const value of gradient.dataSync()) expect(value).toBe(0);
    }
  });

  it('gelu takes scalars, and NaN passes', () => {
    expect(gelu(tf.scalar(1)).dataSync()[0]).toBeCloseTo(0.8413447, 6);
    expect(gelu(tf.scalar(1)).shape).toEqual([]);
    for (const approximate of ['none', 'tanh'] as const) {
      expect(gelu(tf.tensor1d([Number.NaN]), { approximate }).dataSync()[0]).toBeNaN();
    }
    expect(addBias(tf.tensor1d([Number.NaN]), tf.tensor1d([0]), 'relu').dataSync()[0]).toBeNaN();
  });

  it('gives the same bits when called again', () => {
    const x = tf.randomNormal([777, 50], 0, 1, 'float32', 3);
    const bias = tf.randomNormal([50], 0, 1, 'float32', 4);
    const gradient = () => tf.grads((a: tf.Tensor, b: tf.Tensor) => addBias(a, b, 'gelu'))([x, bias], x)[1]!;
    const first = bitsOf(gradient());
    for (let i = 0; i < 5; i++) expect(bitsOf(gradient())).toEqual(first);
  });

  it('refuses wrong arguments by name', () => {
    const logits = tf.zeros([2, 3]);
    const labels = (...values: number[]) => tf.tensor1d(values, 'int32');
    const x = tf.ones([2, 3]);
    const calls: [() => unknown, string][] = [
      [
        () => softmaxCrossEntropy(logits, labels(0, 3)),
        'softmaxCrossEntropy: labels must be in [0, 3), got 3 at index 1',
      ],
      [
        () => softmaxCrossEntropy(logits, labels(-1, 3)),
        'softmaxCrossEntropy: labels must be in [0, 3), got -1 at index 0',
      ],
      [
        () => softmaxCrossEntropy(logits, labels(-1, 7), { ignoreLabel: -1 }),
        'softmaxCrossEntropy: labels must be in [0, 3), got 7 at index 1',
      ],
      [() => softmaxCrossEntropy(logits, labels(0)), 'softmaxCrossEntropy: labels must have shape [2], got [1]'],
      [
        () => softmaxCrossEntropy(logits, tf.tensor1d([0, 1])),
        'softmaxCrossEntropy: labels must be an int32 tensor, got float32',
      ],
      [
        () => softmaxCrossEntropy(logits, labels(0, 1), { labelSmoothing: 1.5 }),
        'softmaxCrossEntropy: labelSmoothing must be in [0, 1], got 1.5',
      ],
      [
        () => softmaxCrossEntropy(logits, labels(0, 1), { ignoreLabel: 0.5 }),
        'softmaxCrossEntropy: ignoreLabel must be an integer in [-2147483648, 2147483647], got 0.5',
      ],
      [
        () => softmaxCrossEntropy(tf.zeros([2, 3], 'int32'), labels(0, 1)),
        'softmaxCrossEntropy: logits must be float32, got int32',
      ],
      [() => layerNorm(x, tf.ones([2]), tf.ones([3])), 'layerNorm: scale must have shape [3], got [2]'],
      [() => layerNorm(x, tf.ones([3]), tf.ones([1, 3])), 'layerNorm: offset must have shape [3], got [1,3]'],
      [() => layerNorm(x, tf.ones([3]), tf.ones([3]), -1), 'layerNorm: epsilon must be in [0, Infinity), got -1'],
      [
        () => layerNorm(tf.scalar(1), tf.ones([1]), tf.ones([1])),
        'layerNorm: x must have rank 1 or more, got a scalar',
      ],
      [() => gelu(tf.ones([2], 'int32')), 'gelu: x must be float32, got int32'],
      [() => gelu(x, { approximate: 'erf' as 'none' }), "gelu: approximate must be one of 'none', 'tanh', got 'erf'"],
      [() => addBias(x, tf.ones([2])), 'addBias: bias must have shape [3], got [2]'],
      [
        () => addBias(x, tf.ones([3]), 'tanh' as 'relu'),
        "addBias: activation must be one of 'relu', 'gelu', got 'tanh'",
      ],
    ];
    for (const [call, message] of calls) expect(call).toThrow(message);
  });
});
