import type { io } from '@tensorflow/tfjs';
import { loadModel, seedDropout, seededDropout, wideResNet } from '@winnow/models';
import { tf } from '@winnow/tensorflow';
import { afterEach, expect, it } from 'vitest';

afterEach(() => tf.setBackend('tensorflow'));

function model(rate = 0.4): tf.LayersModel {
  return tf.sequential({
    layers: [
      tf.layers.dropout({ rate, inputShape: [50, 40], name: 'first' }),
      tf.layers.dropout({ rate, name: 'second' }),
    ],
  });
}
const run = (net: tf.LayersModel, training = true) =>
  tf.tidy(() => [...(net.apply(tf.ones([3, 50, 40]), { training }) as tf.Tensor).dataSync()]);

it('drops at its rate, rescales the rest, and does nothing at inference', () => {
  const net = model();
  seedDropout(net, 1);
  const values = run(net);
  const kept = values.filter((value) => value !== 0);
  expect(kept.every((value) => Math.abs(value - 1 / 0.36) < 1e-5)).toBe(true);
  expect(Math.abs(kept.length / 6000 - 0.36)).toBeLessThan(4 * Math.sqrt((0.36 * 0.64) / 6000));
  expect(run(net, false).every((value) => value === 1)).toBe(true);
});

it('draws the same mask for the same seed and step on every backend, and other masks otherwise', async () => {
  const [a, b, other] = [model(), model(), model()];
  for (const [net, seed] of [
    [a, 1],
    [b, 1],
    [other, 2],
  ] as const)
    seedDropout(net, seed).step.set(5);
  const expected = run(a);
  expect(run(a)).toEqual(expected);
  expect(run(b)).toEqual(expected);
  expect(run(other)).not.toEqual(expected);
  seededDropout(a)!.step.set(6);
  expect(run(a)).not.toEqual(expected);
  // Seeding again replaces.
  seedDropout(a, 1).step.set(5);
  expect(run(a)).toEqual(expected);
  await tf.setBackend('cpu');
  const onCpu = model();
  seedDropout(onCpu, 1).step.set(5);
  expect(run(onCpu)).toEqual(expected);
});

it('advances by itself from step to step, and leaves no tensor behind', () => {
  const net = model();
  seedDropout(net, 1);
  const before = tf.memory().numTensors;
  const [first, second] = [run(net), run(net)];
  expect(second).not.toEqual(first);
  expect(tf.memory().numTensors).toBe(before);
  const again = model();
  seedDropout(again, 1);
  expect([run(again), run(again)]).toEqual([first, second]);
});

it('passes the gradient where it passed the value', () => {
  const net = model();
  seedDropout(net, 1).step.set(0);
  const gradient = tf.grad((x) => net.apply(x, { training: true }) as tf.Tensor)(tf.ones([3, 50, 40]));
  expect([...gradient.dataSync()]).toEqual(run(net));
});

it('is in our models from the start and restored by loadModel; a stock load has that of tf.layers', async () => {
  const make = () => wideResNet({ depth: 10, widen: 1, dropout: 0.3, seed: 4, inputShape: [8, 8, 3] });
  const net = make();
  expect(seededDropout(net)).toMatchObject({
    seed: 4,
    layers: ['stage1_block1_dropout', 'stage2_block1_dropout', 'stage3_block1_dropout'],
  });
  const layer = 'stage2_block1_dropout';
  const dropped = (of: tf.LayersModel) => {
    const x = tf.ones([2, 4, 4, 32]);
    return [...(of.getLayer(layer).call(x, { training: true }) as tf.Tensor).dataSync()];
  };
  let artifacts: io.ModelArtifacts | undefined;
  await net.save(
    tf.io.withSaveHandler(async (saved) => {
      artifacts = saved;
      return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } };
    }),
  );
  const loaded = await loadModel(tf.io.fromMemory(artifacts!));
  expect(seededDropout(loaded)!.seed).toBe(4);
  expect(dropped(loaded)).toEqual(dropped(net));
  expect(seededDropout(await tf.loadLayersModel(tf.io.fromMemory(artifacts!)))).toBeUndefined();
  expect(seededDropout(wideResNet({ depth: 10, widen: 1 }))).toBeUndefined();
});

it('refuses bad seeds and layers that it cannot seed', () => {
  expect(() => seedDropout(model(), -1)).toThrow(
    'seedDropout: seed must be an integer in [0, 9007199254740991], got -1',
  );
  const shaped = tf.sequential({
    layers: [tf.layers.dropout({ rate: 0.5, noiseShape: [1, 40], inputShape: [40], name: 'shaped' })],
  });
  expect(() => seedDropout(shaped, 1)).toThrow("seedDropout: 'shaped' has a noiseShape, which cannot be seeded");
});
