import { kernelIdOf, targetedDropout, targetedDropoutAll } from '@winnow/ops';
import { tf } from '@winnow/tensorflow';
import { expect, it } from 'vitest';
import { bitsOf, normalKernel, onEveryBackend } from './backends.js';

const options = { targetFraction: 0.7, dropRate: 0.5, seed: 2 ** 33 + 1, step: 9 };
const shapes = [[3, 3, 4, 10], [900, 24], [1, 1, 6, 5], [0, 3], [33]];
const network = () => new Map(shapes.map((shape, i) => [`layer${i}/kernel`, normalKernel(shape, i + 1)]));
const alone = (name: string, kernel: tf.Tensor, change: object = {}) =>
  targetedDropout(kernel, { ...options, ...change, kernelId: kernelIdOf(name) });

onEveryBackend('targetedDropoutAll', () => {
  it.each([
    {},
    { rescale: true },
    { granularity: 'unit' as const },
    { granularity: 'unit' as const, coin: 'weight' as const, rescale: true },
  ])('gives the bits of one call for each kernel, and of its gradient: %o', (variant) => {
    const kernels = network();
    const names = [...kernels.keys()];
    const outputs = targetedDropoutAll(kernels, { ...options, ...variant });
    expect([...outputs.keys()]).toEqual(names);
    for (const [name, kernel] of kernels) {
      expect(outputs.get(name)!.shape).toEqual(kernel.shape);
      expect(bitsOf(outputs.get(name)!)).toEqual(bitsOf(alone(name, kernel, variant)));
    }
    const loss = (drop: (all: Map<string, tf.Tensor>) => tf.Tensor[]) =>
      tf.grads((...tensors: tf.Tensor[]) =>
        tf.addN(drop(new Map(names.map((name, i) => [name, tensors[i]!]))).map((w) => tf.sum(tf.square(w)))),
      )([...kernels.values()]);
    const together = loss((all) => [...targetedDropoutAll(all, { ...options, ...variant }).values()]);
    const apart = loss((all) => [...all].map(([name, kernel]) => alone(name, kernel, variant)));
    expect(together.map(bitsOf)).toEqual(apart.map(bitsOf));
  });

  it('gives a zero gradient where an output is not used', () => {
    const kernels = [...network().values()].slice(0, 2);
    const gradients = tf.grads((a: tf.Tensor, b: tf.Tensor) =>
      tf.sum(
        targetedDropoutAll(
          new Map([
            ['a', a],
            ['b', b],
          ]),
          options,
        ).get('b')!,
      ),
    )(kernels);
    expect(tf.max(tf.abs(gradients[0]!)).dataSync()[0]).toBe(0);
    expect(tf.max(tf.abs(gradients[1]!)).dataSync()[0]).toBe(1);
  });

  it('gives the same result with any thresholds', () => {
    const kernels = network();
    const expected = [...targetedDropoutAll(kernels, options).values()].map(bitsOf);
    const thresholds = new Int32Array(10 + 24 + 5 + 3 + 33);
    for (const start of [0, 0, -1, 0x7fc00000]) {
      if (start !== 0) thresholds.fill(start);
      const outputs = targetedDropoutAll(kernels, { ...options, thresholds });
      expect([...outputs.values()].map(bitsOf)).toEqual(expected);
    }
  });

  it('leaves no tensor behind', () => {
    const kernels = network();
    const thresholds = new Int32Array(75);
    const before = tf.memory().numTensors;
    for (let step = 0; step < 20; step++) {
      tf.dispose([...targetedDropoutAll(kernels, { ...options, step, thresholds }).values()]);
      const [a, b] = [...kernels.values()] as [tf.Tensor, tf.Tensor];
      const named = (x: tf.Tensor, y: tf.Tensor) =>
        new Map([
          ['a', x],
          ['b', y],
        ]);
      tf.dispose(
        tf.grads((x: tf.Tensor, y: tf.Tensor) => {
          const outputs = targetedDropoutAll(named(x, y), { ...options, rescale: true });
          return tf.add(tf.sum(outputs.get('a')!), tf.sum(outputs.get('b')!));
        })([a, b]),
      );
    }
    expect(tf.memory().numTensors).toBe(before);
  });

  it('names what is wrong', () => {
    const kernels = network();
    expect(() => targetedDropoutAll(kernels, { ...options, dropRate: 3 })).toThrow(
      'targetedDropoutAll: dropRate must be in [0, 1], got 3',
    );
    expect(() => targetedDropoutAll(kernels, { ...options, thresholds: new Int32Array(3) })).toThrow(
      'targetedDropoutAll: thresholds must have one number per column, 75, got 3',
    );
    const call = (name: string, tensor: tf.Tensor) => () =>
      targetedDropoutAll(new Map([...kernels, [name, tensor]]), options);
    expect(call('x', tf.zeros([2, 2], 'int32'))).toThrow("targetedDropoutAll: kernel 'x'");
    expect(call('x', tf.scalar(1))).toThrow("targetedDropoutAll: kernel 'x'");
    expect(call('conv2/kernel', tf.fill([2, 2], Number.NaN))).toThrow(
      "targetedDropoutAll: kernel 'conv2/kernel' must not contain NaN, got NaN at index 0",
    );
    expect(targetedDropoutAll(new Map(), options).size).toBe(0);
  });
});
