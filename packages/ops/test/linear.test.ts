import { readFileSync } from 'node:fs';
import { loadTensorFlowOps } from '@winnow/native';
import { linear, useFastGradients, withCutWeights } from '@winnow/ops';
import { tf } from '@winnow/tensorflow';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { TensorflowBackend } from '../src/backends.js';
import { intAttribute, stringAttribute } from '../src/tensorflow-kernel.js';
import { onEveryBackend } from './backends.js';

interface Numbers {
  shape: number[];
  values: number[];
}
interface Case {
  activation: 'none' | 'relu' | 'gelu';
  inputs: [x: Numbers, kernel: Numbers, bias?: Numbers];
  mask: Numbers;
  output: Numbers;
  dy: Numbers;
  gradients: Numbers[];
}

const golden: Case[] = JSON.parse(readFileSync(new URL('golden/linear.json', import.meta.url), 'utf8')).cases;
const tensor = ({ values, shape }: Numbers) => tf.tensor(values, shape, 'float32');
const names = golden.map((each, i) => [`${each.activation} of [${each.inputs[0].shape}], ${i}`, each] as const);

function expectNear(actual: tf.Tensor, { shape, values }: Numbers, bound: number): void {
  expect(actual.shape).toEqual(shape);
  for (const [i, value] of actual.dataSync().entries()) {
    expect(Math.abs(value - values[i]!), `${value} instead of ${values[i]} at ${i}`).toBeLessThan(
      bound * (1 + Math.abs(values[i]!)),
    );
  }
}

/** Output and gradients of a golden case; `cut` makes of the kernel what the layer reads. */
function compute({ activation, inputs, dy }: Case, cut: (kernel: tf.Tensor) => tf.Tensor): [tf.Tensor, tf.Tensor[]] {
  const given = inputs.map((input) => tensor(input as Numbers));
  const run = (x: tf.Tensor, kernel: tf.Tensor, bias?: tf.Tensor) =>
    linear(x, cut(kernel), bias, activation === 'none' ? undefined : activation);
  const before = tf.memory().numTensors;
  const y = tf.tidy(() => run(...(given as [tf.Tensor, tf.Tensor])));
  expect(tf.memory().numTensors).toBe(before + 1);
  const gradients = tf.grads(run as (...xs: tf.Tensor[]) => tf.Tensor)(given, tensor(dy));
  return [y, gradients];
}

onEveryBackend('linear', () => {
  it.each(names)('equals PyTorch, and so do its gradients: %s', (_, each) => {
    tf.tidy(() => {
      const mask = tensor(each.mask);
      const [y, [dx, dkernel, dbias]] = compute(each, (kernel) => tf.mul(kernel, mask)) as [tf.Tensor, tf.Tensor[]];
      expectNear(y, each.output, 1e-5);
      for (const [i, gradient] of [dx, dkernel, dbias].entries()) {
        if (gradient) expectNear(gradient, each.gradients[i]!, 1e-4);
      }
    });
  });

  it('refuses what does not fit', () => {
    const [x, kernel] = [tf.zeros([4, 3]), tf.zeros([3, 2])];
    const bad: [Parameters<typeof linear>, Error][] = [
      [[x, tf.zeros([3, 2, 1])], new RangeError('linear: kernel must have rank 2, got [3,2,1]')],
      [
        [tf.zeros([3]), kernel],
        new RangeError("linear: x must have the kernel's 3 inputs as the last of its axes, got [3]"),
      ],
      [
        [tf.zeros([4, 2]), kernel],
        new RangeError("linear: x must have the kernel's 3 inputs as the last of its axes, got [4,2]"),
      ],
      [[tf.zeros([4, 3], 'int32'), kernel], new TypeError('linear: x must be float32, got int32')],
      [[x, kernel, tf.zeros([3])], new RangeError('linear: bias must have shape [2], got [3]')],
      [
        [x, kernel, undefined, 'tanh' as 'relu'],
        new RangeError("linear: activation must be one of 'relu', 'gelu', got 'tanh'"),
      ],
    ];
    for (const [given, error] of bad) expect(() => linear(...given)).toThrow(error);
  });
});

describe('linear without cut weights', () => {
  let undo: () => void;
  beforeEach(() => {
    tf.setBackend('tensorflow');
    undo = useFastGradients({ execution: 'sparse' });
  });
  afterEach(() => undo());
  afterAll(() => tf.setBackend('tensorflow'));

  it.each(names)('equals PyTorch, and so do its gradients: %s', (_, each) => {
    tf.tidy(() => {
      const mask = tensor(each.mask);
      for (const kept of [mask, tf.cast(mask, 'bool')]) {
        const [y, [dx, dkernel, dbias]] = compute(each, (kernel) =>
          withCutWeights(tf.mul(kernel, mask), { gradient: { mask: kept } }),
        ) as [tf.Tensor, tf.Tensor[]];
        expectNear(y, each.output, 1e-5);
        expectNear(dx!, each.gradients[0]!, 1e-4);
        expectNear(dkernel!, each.gradients[1]!, 1e-4);
        if (dbias) expectNear(dbias, each.gradients[2]!, 1e-4);
      }
    });
  });

  it('has the gradients of weights that were 0 before some were dropped, and of all where asked for', () => {
    const origin = tf.tensor2d([1, 0, 3, 0], [2, 2]);
    const mask = tf.tensor2d([1, 1, 0, 1], [2, 2]);
    const x = tf.tensor2d([1, 2], [1, 2]);
    const gradient = (of: Parameters<typeof withCutWeights>[1]) =>
      tf
        .grad((kernel: tf.Tensor) => linear(x, withCutWeights(tf.mul(kernel, mask), of)))(origin)
        .dataSync();
    // tf.mul's own gradient multiplies by the mask.
    expect([...gradient({ gradient: { origin }, density: 0.5 })]).toEqual([1, 1, 0, 2]);
    expect([...gradient({ gradient: 'all', density: 0.5 })]).toEqual([1, 1, 0, 2]);
    const whole = tf.grad((kernel: tf.Tensor) => linear(x, withCutWeights(tf.clone(kernel), { gradient: 'all' })));
    expect([...whole(tf.mul(origin, mask)).dataSync()]).toEqual([1, 1, 2, 2]);
    const kept = tf.grad((kernel: tf.Tensor) => linear(x, withCutWeights(tf.clone(kernel), { gradient: { mask } })));
    expect([...kept(tf.mul(origin, mask)).dataSync()]).toEqual([1, 1, 0, 2]);
  });

  it('asks for no gradient of a mask that is made from the weights', () => {
    const x = tf.ones([3, 2]);
    const run = (kernel: tf.Tensor) =>
      linear(x, withCutWeights(tf.relu(kernel), { gradient: { mask: tf.relu(kernel) } }));
    expect([
      ...tf
        .grad(run)(tf.tensor2d([1, -1, 2, -3], [2, 2]))
        .dataSync(),
    ]).toEqual([3, 0, 3, 0]);
  });

  it('lets a cut weight meet no NaN', () => {
    const mask = tf.tensor2d([0, 1, 1, 0], [2, 2]);
    const kernel = withCutWeights(tf.mul(tf.ones([2, 2]), mask), { gradient: { mask } });
    expect([...linear(tf.tensor2d([Number.NaN, 3], [1, 2]), kernel).dataSync()]).toEqual([3, Number.NaN]);
  });

  it('takes empty batches, kernels and masks of units', () => {
    const sum = (shape: number[], size: [number, number]) =>
      tf.grads((x: tf.Tensor, kernel: tf.Tensor) => {
        const mask = tf.concat([tf.ones([Math.min(1, size[1])]), tf.zeros([Math.max(0, size[1] - 1)])]);
        return linear(x, withCutWeights(tf.mul(kernel, mask), { gradient: { mask } }), undefined, 'relu');
      })([tf.ones(shape), tf.ones(size)]);
    expect(sum([0, 3], [3, 2])[1]!.dataSync()).toEqual(new Float32Array(6));
    expect(sum([2, 0, 3], [3, 2])[0]!.shape).toEqual([2, 0, 3]);
    expect(sum([4, 3], [3, 0])[0]!.dataSync()).toEqual(new Float32Array(12));
    expect(sum([4, 0], [0, 2])[1]!.shape).toEqual([0, 2]);
    expect([...sum([4, 3], [3, 2])[1]!.dataSync()]).toEqual([4, 0, 4, 0, 4, 0]);
  });
});

describe('the operations in TensorFlow', () => {
  const run = (name: string, inputs: tf.Tensor[], attributes: Record<string, string | number> = {}) => {
    tf.setBackend('tensorflow');
    loadTensorFlowOps();
    const backend = tf.backend() as unknown as TensorflowBackend;
    const given = Object.entries(attributes).map(([key, value]) =>
      typeof value === 'number' ? intAttribute(backend, key, value) : stringAttribute(backend, key, value),
    );
    return backend.executeSingleOutput(name, given, inputs);
  };
  const BIG = 2 ** 30;
  const [x, kernel, none] = [tf.zeros([4, 3]), tf.zeros([3, 2]), tf.zeros([0])];
  const forward = (inputs: tf.Tensor[], sums = 0) => run('WinnowMaskedLinear', inputs, { activation: 'none', sums });

  it('refuse what does not fit', () => {
    expect(() => forward([tf.zeros([4, 2]), kernel, none])).toThrow(/x must have 3 columns, got 2/);
    expect(() => forward([tf.zeros([3]), kernel, none])).toThrow(/x must have rank 2, got 1/);
    expect(() => forward([x, tf.zeros([6]), none])).toThrow(/kernel must have rank 2, got 1/);
    expect(() => forward([x, kernel, tf.zeros([3])])).toThrow(/bias must have shape \[2\]/);
    expect(() => forward([x, kernel, none], 1)).toThrow(/sums must be 0, or 1 if activation is gelu, got 1/);
    expect(() => run('WinnowMaskedLinearInputGrad', [x, kernel])).toThrow(/dy must have 2 columns, got 3/);
    const kept = (...inputs: tf.Tensor[]) =>
      run('WinnowMaskedLinearKernelGrad', inputs, { origins: inputs.length - 3 });
    expect(() => kept(x, tf.zeros([5, 2]), kernel)).toThrow(/dy must have shape \[4,2\]/);
    expect(() => kept(x, tf.zeros([4, 3]), kernel)).toThrow(/dy must have 2 columns, got 3/);
    expect(() => kept(x, tf.zeros([4, 2]), tf.zeros([3, 2, 1]))).toThrow(/mask must have rank 2, got 3/);
    expect(() => kept(x, tf.zeros([4, 2]), kernel, tf.zeros([2, 3]))).toThrow(/origin must have shape \[3,2\]/);
    expect(() => kept(x, tf.zeros([4, 2]), kernel, kernel, kernel)).toThrow(/origin must be one tensor or none, got 2/);
  });

  it('refuse sizes that multiply to more than they count', () => {
    const empty = (shape: number[]) => tf.tensor([], shape, 'float32');
    expect(() => forward([empty([BIG, 0]), empty([0, BIG]), none])).toThrow(/units must be in \[0, 67108864\]/);
    expect(() => forward([empty([0, BIG]), empty([BIG, 0]), none])).toThrow(/fan_in must be in \[0, 67108864\]/);
  });
});
