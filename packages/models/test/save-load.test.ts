import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { targetedDropoutTransform } from '@winnow/baselines';
import { applyTransform, loadModel, resnet } from '@winnow/models';
import { useFastGradients } from '@winnow/ops';
import { tf } from '@winnow/tensorflow';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../../../test/temporary-folder.js';

const directory = temporaryFolder();

const transform = () => targetedDropoutTransform({ targetFraction: 0.75, dropRate: 0.5, seed: 3, rampSteps: 4 });
const images = tf.randomNormal([32, 12, 12, 1], 0, 1, 'float32', 1);
const labels = tf.oneHot(
  tf.tensor1d(
    Array.from({ length: 32 }, (_, i) => i % 3),
    'int32',
  ),
  3,
);

/** A hand-written model that knows nothing of Winnow. */
function userModel(): tf.LayersModel {
  const model = tf.sequential();
  model.add(tf.layers.conv2d({ inputShape: [12, 12, 1], filters: 8, kernelSize: 3, activation: 'relu' }));
  model.add(tf.layers.conv2d({ filters: 8, kernelSize: 3, activation: 'relu' }));
  model.add(tf.layers.flatten());
  model.add(tf.layers.dense({ units: 16, activation: 'relu' }));
  model.add(tf.layers.dense({ units: 3 }));
  applyTransform(model, transform());
  return model;
}

it.each([
  ['resnet', () => resnet({ depth: 8, inputShape: [12, 12, 1], classes: 3, transform: transform() })],
  ['a user model', userModel],
])('%s trains with fit, saves, loads in a fresh process and predicts the same', async (name, create) => {
  const stockAgain = useFastGradients();
  const model = create();
  model.summary(undefined, undefined, () => {});
  const loss = (target: tf.Tensor, logits: tf.Tensor) =>
    tf.losses.softmaxCrossEntropy(target as tf.Tensor2D, logits as tf.Tensor2D);
  model.compile({ optimizer: tf.train.momentum(0.02, 0.9), loss: loss as never });
  const history = await model.fit(images, labels, { epochs: 6, batchSize: 16, shuffle: false, verbose: 0 });
  const losses = history.history['loss'] as number[];
  expect(losses.at(-1)).toBeLessThan(losses[0] as number);

  const path = join(directory, name.replaceAll(' ', '-'));
  await model.save(`file://${path}`);
  // The fresh process predicts with stock kernels; the fast ones round differently.
  stockAgain();
  const expected = [...(model.predict(images) as tf.Tensor).dataSync()];
  const root = fileURLToPath(new URL('../../..', import.meta.url));
  const output = execFileSync(
    process.execPath,
    ['scripts/start.mjs', '--script', 'packages/models/test/predict-in-child.ts', `file://${path}/model.json`],
    { cwd: root, encoding: 'utf8', env: { ...process.env, NODE_OPTIONS: '' } },
  );
  const { loaded, stock, transformName } = JSON.parse(output.slice(output.indexOf('{'))) as Record<string, unknown>;
  expect(loaded).toEqual(expected);
  // Stock tfjs loads it, too: the saved model is a plain one.
  expect(stock).toEqual(expected);
  expect(transformName).toBe('targeted-dropout');
});

it('restores the transform on loading, so that training continues with it', async () => {
  const model = userModel();
  const path = join(directory, 'again');
  await model.save(`file://${path}`);
  const loaded = await loadModel(`file://${path}/model.json`);
  const pass = (m: tf.LayersModel) => [...(m.apply(images, { training: true }) as tf.Tensor).dataSync()];
  pass(model);
  pass(loaded);
  // Step 1 of a ramp: some weights are dropped, the same ones in both.
  const dropped = pass(model);
  expect(dropped).not.toEqual([...(model.predict(images) as tf.Tensor).dataSync()]);
  expect(pass(loaded)).toEqual(dropped);
});

it('refuses a model whose transform nobody registered', async () => {
  const model = userModel();
  const metadata = model.getUserDefinedMetadata() as { winnow: { transform: { name: string } } };
  metadata.winnow.transform.name = 'unknown-method';
  model.setUserDefinedMetadata(metadata);
  await model.save(`file://${directory}/unknown`);
  await expect(loadModel(`file://${directory}/unknown/model.json`)).rejects.toThrow(
    /createTransform: name must be one of .*'targeted-dropout'.*, got 'unknown-method'/,
  );
});
