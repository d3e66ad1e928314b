import {
  appliedTransform,
  applyTransform,
  cifarResNet,
  type ImageModelOptions,
  imagenetResNet,
  lenet5,
  lenet300,
  vgg16,
  wideResNet,
} from '@winnow/models';
import type { WeightTransform } from '@winnow/ops';
import { tf } from '@winnow/tensorflow';
import { expect, it } from 'vitest';

/** Takes a kernel away, and notes which it was given. */
function zeroing(): WeightTransform & { seen: Set<string> } {
  const seen = new Set<string>();
  return {
    name: 'zeroing',
    seen,
    apply(kernel, { path }) {
      seen.add(path);
      return tf.zerosLike(kernel);
    },
    getConfig: () => ({}),
  };
}

const makers: [string, (options: ImageModelOptions) => tf.LayersModel][] = [
  ['cifarResNet', (options) => cifarResNet({ depth: 8, widths: [2, 4, 6], ...options })],
  ['wideResNet', (options) => wideResNet({ depth: 10, widen: 1, ...options })],
  ['imagenetResNet', (options) => imagenetResNet({ depth: 18, width: 2, ...options })],
  ['vgg16', (options) => vgg16({ form: 'cifar', width: 2, ...options })],
  ['lenet5', lenet5],
  ['lenet300', lenet300],
];

it.each(makers)('%s gives its transform the kernels that it should', (_, make) => {
  const inputShape: [number, number, number] = [32, 32, 3];
  const transform = zeroing();
  const model = make({ inputShape, classes: 3, transform });
  const all = appliedTransform(model)!.kernels.map(({ path }) => path);
  model.predict(tf.zeros([1, ...inputShape]));
  expect([...transform.seen].sort()).toEqual([...all].sort());
  expect(all).not.toContain('logits/kernel');

  const few = zeroing();
  const chosen = make({ inputShape, classes: 3, transform: few, include: ['logits', all[0]!], exclude: [all[0]!] });
  expect([...(chosen.predict(tf.ones([1, ...inputShape])) as tf.Tensor).dataSync()]).toEqual([0, 0, 0]);
  expect([...few.seen]).toEqual(['logits/kernel']);
  expect(() => applyTransform(chosen, few, { include: ['nothing*'] })).toThrow("pattern 'nothing*' matches no kernel");
});
