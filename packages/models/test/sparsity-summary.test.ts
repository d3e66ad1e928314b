import { fixedMaskTransform } from '@winnow/baselines';
import { applyTransform, sparsitySummary } from '@winnow/models';
import { tf } from '@winnow/tensorflow';
import { expect, it } from 'vitest';

it('sparsitySummary counts zeros as evaluation sees them, names patterns and what is untouched', () => {
  const model = tf.sequential({
    layers: [
      tf.layers.conv2dTranspose({ filters: 2, kernelSize: 1, inputShape: [2, 2, 3], useBias: false, name: 'up' }),
      tf.layers.flatten(),
      tf.layers.dense({ units: 2, name: 'hidden', kernelInitializer: 'ones' }),
      tf.layers.dense({ units: 1, name: 'out', kernelInitializer: 'ones' }),
    ],
  });
  model.getLayer('up').setWeights([tf.tensor4d([1, 1, 1, 0, 0, 0], [1, 1, 2, 3])]);
  const mask = tf.concat([tf.zeros([4, 2]), tf.ones([4, 2])]);
  applyTransform(model, fixedMaskTransform(new Map([['hidden/kernel', mask]])), { include: ['hidden'] });
  // The step's tensor, made once.
  sparsitySummary(model);
  const tensors = tf.memory().numTensors;
  const { kernels, weights, zeros, sparsity, untouched } = sparsitySummary(model);
  expect(tf.memory().numTensors).toBe(tensors);
  expect(kernels).toEqual([
    { path: 'up/kernel', shape: [1, 1, 2, 3], weights: 6, zeros: 3, sparsity: 0.5, pattern: 'unit' },
    { path: 'hidden/kernel', shape: [8, 2], weights: 16, zeros: 8, sparsity: 0.5, pattern: '2x2' },
    { path: 'out/kernel', shape: [2, 1], weights: 2, zeros: 0, sparsity: 0, pattern: 'dense' },
  ]);
  expect({ weights, zeros, sparsity }).toEqual({ weights: 24, zeros: 11, sparsity: 11 / 24 });
  expect(untouched).toEqual([{ path: 'out/kernel', why: 'the last layer before an output' }]);
});
