/** The models are stock tf.layers models: they survive saving, and compute the same on tfjs's own backend. */

import type { io } from '@tensorflow/tfjs';
import {
  cifarResNet,
  exportWeights,
  imagenetResNet,
  importWeights,
  lenet5,
  mlp,
  namesInOrder,
  vgg16,
  wideResNet,
} from '@winnow/models';
import { tf } from '@winnow/tensorflow';
import { afterEach, expect, it } from 'vitest';

afterEach(() => tf.setBackend('tensorflow'));

const makers: [string, () => tf.LayersModel][] = [
  ['cifarResNet, option A', () => cifarResNet({ depth: 8, widths: [2, 5, 8], inputShape: [13, 16, 3] })],
  ['cifarResNet, option B', () => cifarResNet({ depth: 8, shortcut: 'B', widths: [2, 3, 4], inputShape: [13, 16, 3] })],
  ['imagenetResNet', () => imagenetResNet({ depth: 18, width: 2, classes: 5, inputShape: [33, 40, 3] })],
  ['wideResNet', () => wideResNet({ depth: 10, widen: 1, dropout: 0.3, inputShape: [12, 9, 3] })],
  ['vgg16', () => vgg16({ form: 'imagenet', width: 2, hiddenUnits: 8, classes: 5, inputShape: [32, 32, 3] })],
  ['lenet5', () => lenet5({ inputShape: [16, 16, 1] })],
  ['mlp', () => mlp({ inputShape: [4, 4, 1] })],
];

it.each(makers)('%s computes the same once saved and loaded by stock tfjs, and on the backend cpu', async (_, make) => {
  const model = make();
  const images = tf.randomUniform([2, ...(model.inputs[0]!.shape.slice(1) as number[])], -1, 1, 'float32', 3);
  const pixels = images.dataSync();
  const expected = [...(model.predict(images) as tf.Tensor).dataSync()];
  const largest = Math.max(...expected.map(Math.abs));
  expect(largest).toBeGreaterThan(0);
  const weights = exportWeights(model);

  let artifacts: io.ModelArtifacts | undefined;
  await model.save(
    tf.io.withSaveHandler(async (saved) => {
      artifacts = saved;
      return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } };
    }),
  );
  const loaded = await tf.loadLayersModel(tf.io.fromMemory(artifacts!));
  expect([...(loaded.predict(images) as tf.Tensor).dataSync()]).toEqual(expected);

  await tf.setBackend('cpu');
  const twin = make();
  importWeights(twin, weights, namesInOrder(twin, model));
  const found = (twin.predict(tf.tensor(pixels, images.shape)) as tf.Tensor).dataSync();
  for (const [index, value] of expected.entries()) expect(Math.abs(found[index]! - value)).toBeLessThan(1e-5 * largest);
});
