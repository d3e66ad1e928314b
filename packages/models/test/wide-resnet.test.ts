import { countFlops, modelKernels, parameterCount, selectKernels, wideResNet } from '@winnow/models';
import { tf } from '@winnow/tensorflow';
import { expect, it } from 'vitest';

// Parameters as the published code prints them; multiply-adds as PyTorch's FlopCounterMode counts them, halved.
it.each([
  [28, 10, 36_479_194, 5_243_328_768],
  [16, 4, 2_748_890, 392_612_352],
  [40, 2, 2_243_546, 327_599_360],
])('WRN-%i-%i has the published size', (depth, widen, parameters, flops) => {
  const model = wideResNet({ depth, widen, initialWeights: 'zeros' });
  expect(parameterCount(model)).toBe(parameters);
  expect(countFlops(model)).toBe(flops);
  expect(model.name).toBe(`wrn_${depth}_${widen}`);
  expect(modelKernels(model).length - selectKernels('test', model).length).toBe(2);
  model.dispose();
});

it('drops activations only in training, at the given rate', () => {
  const model = wideResNet({ depth: 10, widen: 1, dropout: 0.3, inputShape: [16, 16, 3] });
  expect(model.layers.filter((layer) => layer.getClassName() === 'Dropout')).toHaveLength(3);
  expect(wideResNet({ depth: 10, widen: 1 }).layers.some((layer) => layer.getClassName() === 'Dropout')).toBe(false);
  const layer = model.getLayer('stage1_block1_dropout');
  const x = tf.ones([64, 64]);
  const dropped = (layer.call(x, { training: true }) as tf.Tensor).dataSync();
  const kept = dropped.filter((value) => value > 0);
  expect(kept.every((value) => Math.abs(value - 1 / 0.7) < 1e-6)).toBe(true);
  expect(Math.abs(kept.length / 4096 - 0.7)).toBeLessThan(4 * Math.sqrt((0.7 * 0.3) / 4096));
  expect([...(layer.call(x, {}) as tf.Tensor).dataSync()]).toEqual([...x.dataSync()]);
});

it.each([
  [{ depth: 18, widen: 1 }, 'wideResNet: depth must be 4 + 6·n for 3 stages with n ≥ 1, got 18'],
  [{ depth: 16, widen: 0 }, 'wideResNet: widen must be positive integers, got [0]'],
  [{ depth: 16, widen: 1, dropout: 1 }, 'wideResNet: dropout must be in [0, 1), got 1'],
  [{ depth: 16, widen: 1, seed: 0.00001 }, 'wideResNet: seed must be an integer in [0, 9007199254740], got 0.00001'],
  [{ depth: 16, widen: 1, batchNormMomentum: -0.1 }, 'wideResNet: batchNormMomentum must be in [0, 1), got -0.1'],
])('refuses %o', (options, message) => {
  const before = tf.memory().numTensors;
  expect(() => wideResNet(options)).toThrow(message);
  expect(tf.memory().numTensors).toBe(before);
});
