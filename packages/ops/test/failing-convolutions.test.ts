/**
 * Convolutions that TensorFlow's own kernels compute wrongly or die of, under `useFastGradients`, against tfjs in plain
 * JavaScript.
 */

import { useFastGradients } from '@winnow/ops';
import { tf } from '@winnow/tensorflow';
import { afterEach, describe, expect, it } from 'vitest';

type Shape = [number, number, number, number];
interface Case {
  x: Shape;
  filter: Shape;
  strides: [number, number];
  pad: 'same' | 'valid';
}

let restore: (() => void) | undefined;
afterEach(() => {
  restore?.();
  restore = undefined;
  tf.setBackend('tensorflow');
});

/** Output and both gradients. */
function pass({ x: shape, filter: filterShape, strides, pad }: Case): number[][] {
  return tf.tidy(() => {
    const x = tf.randomNormal<tf.Rank.R4>(shape, 0, 1, 'float32', 1);
    const filter = tf.randomNormal<tf.Rank.R4>(filterShape, 0, 1, 'float32', 2);
    const run = (a: tf.Tensor, b: tf.Tensor) => tf.conv2d(a as tf.Tensor4D, b as tf.Tensor4D, strides, pad);
    const y = run(x, filter);
    const dy = tf.randomNormal(y.shape, 0, 1, 'float32', 3);
    return [y, ...tf.grads(run)([x, filter], dy as tf.Tensor4D)].map((tensor) => [...tensor.dataSync()]);
  });
}

function expectAsInJavaScript(one: Case): void {
  tf.setBackend('cpu');
  const expected = pass(one);
  tf.setBackend('tensorflow');
  restore = useFastGradients();
  const got = pass(one);
  for (const [i, values] of got.entries()) {
    const most = Math.max(1, ...expected[i]!.map(Math.abs));
    expect(values).toHaveLength(expected[i]!.length);
    const off = values.findIndex((value, at) => !(Math.abs(value - expected[i]![at]!) <= 2e-5 * most));
    expect(off, `${['y', 'dx', 'dfilter'][i]} of ${JSON.stringify(one)}`).toBe(-1);
  }
}

const square = (x: Shape, units: number, stride: number, pad: Case['pad'] = 'valid'): Case => ({
  x,
  filter: [1, 1, x[3], units],
  strides: [stride, stride],
  pad,
});

describe('where TensorFlow fails', () => {
  it.each([
    square([15, 14, 12, 11], 7, 2),
    square([3, 10, 16, 2], 13, 2, 'same'),
    square([13, 16, 14, 6], 15, 2, 'same'),
    square([9, 12, 12, 17], 3, 3),
  ])('the gradient of a 1×1 filter with strides: %o', expectAsInJavaScript);

  it.each<Case>([
    { x: [2, 16, 4, 1], filter: [3, 3, 1, 10], strides: [1, 4], pad: 'same' },
    { x: [11, 13, 3, 1], filter: [1, 3, 1, 5], strides: [1, 4], pad: 'valid' },
    { x: [10, 6, 3, 1], filter: [2, 2, 1, 5], strides: [1, 6], pad: 'same' },
    { x: [8, 9, 6, 1], filter: [5, 5, 1, 15], strides: [2, 3], pad: 'valid' },
  ])('one channel with two strides: %o', expectAsInJavaScript);

  it('conv1d of one channel, and a layer with bias and activation', () => {
    const layer = tf.layers.conv1d({ filters: 5, kernelSize: 3, strides: 4, activation: 'relu', inputShape: [3, 1] });
    const model = tf.sequential({ layers: [layer] });
    const x = tf.randomNormal([7, 3, 1], 0, 1, 'float32', 4);
    const [kernel, bias] = [tf.randomNormal([3, 1, 5], 0, 1, 'float32', 5), tf.randomNormal([5], 0, 1, 'float32', 6)];
    model.setWeights([kernel, bias]);
    const expected = tf.relu(tf.add(tf.matMul(x.reshape([7, 3]), kernel.reshape([3, 5])), bias)).dataSync();
    restore = useFastGradients();
    const got = (model.predict(x) as tf.Tensor).dataSync();
    expected.forEach((value, i) => void expect(got[i]).toBeCloseTo(value, 5));
  });

  it('random shapes', () => {
    let state = 7;
    const int = (least: number, most: number) => {
      state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32;
      return least + Math.floor((state / 2 ** 32) * (most - least + 1));
    };
    for (let i = 0; i < 24; i++) {
      const pad = i % 2 === 0 ? 'same' : 'valid';
      expectAsInJavaScript(square([int(1, 6), 2 * int(1, 6), 2 * int(1, 6), int(1, 20)], int(1, 12), int(2, 3), pad));
      const [height, width] = [int(1, 3), int(1, 3)];
      const x: Shape = [int(1, 4), int(height, 9), int(width, 6), int(1, 2)];
      expectAsInJavaScript({ x, filter: [height, width, x[3], int(1, 9)], strides: [int(1, 3), int(1, 5)], pad });
    }
  });
});

it.each([
  ['a shortcut of ResNets', square([4, 8, 8, 16], 32, 2, 'same')],
  [
    'their 3×3 convolutions with stride 2',
    { ...square([4, 8, 8, 16], 32, 2, 'same'), filter: [3, 3, 16, 32] as Shape },
  ],
  ['their first convolution', { ...square([4, 8, 8, 3], 16, 1, 'same'), filter: [3, 3, 3, 16] as Shape }],
])('%s stays with TensorFlow, bit for bit', (_, one) => {
  const stock = pass(one);
  restore = useFastGradients();
  expect(pass(one)).toEqual(stock);
});
