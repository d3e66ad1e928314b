/** What variables are called in checkpoints, where layers of nested models have the same names. */

import { tf } from '@winnow/tensorflow';
import { modelTask, type TrainOptions, train } from '@winnow/training';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../../../../test/temporary-folder.js';
import { dense, numbers, weightsOf } from './own-models.js';

const N = 8;
const options: TrainOptions = {
  epochs: 4,
  batchSize: 4,
  learningRate: { kind: 'constant', rate: 0.1 },
  loss: 'meanSquaredError',
};

/** A nested model with two layers `d`, one of them in a model within it. */
function twice(name = 'body'): tf.LayersModel {
  const inner = tf.sequential({ layers: [dense(3, 1, { name: 'd', inputShape: [3] })] });
  const input = tf.input({ shape: [3] });
  const hidden = inner.apply(input) as tf.SymbolicTensor;
  return tf.model({ name, inputs: input, outputs: dense(3, 2, { name: 'd' }).apply(hidden) as tf.SymbolicTensor });
}

const plain = () => tf.sequential({ layers: [twice(), dense(1, 3, { name: 'out' })] });
const inSteps = () =>
  tf.sequential({
    layers: [
      tf.layers.timeDistributed({ layer: twice() as unknown as tf.layers.Layer, inputShape: [2, 3], name: 'each' }),
      dense(1, 3, { name: 'out' }),
    ],
  });

it.each([
  ['nested', plain, { x: numbers(3 * N), y: numbers(N, 1) }],
  ['in TimeDistributed', inSteps, { x: numbers(6 * N), y: numbers(2 * N, 1) }],
])('layers of one name, %s, train, and go on from a checkpoint', async (_, make, data) => {
  const whole = make();
  await train(whole, data, options);
  const directory = temporaryFolder();
  const stop = new AbortController();
  const begun = { ...options, checkpoint: { directory }, signal: stop.signal };
  await train(make(), data, { ...begun, onStep: ({ step }) => step === 3 && stop.abort() });
  const resumed = make();
  const { steps } = await train(resumed, data, { ...options, checkpoint: { directory } });
  expect(steps).toBe(8);
  expect(weightsOf(resumed)).toEqual(weightsOf(whole));
});

it('gives the second one a number, and leaves all others their names', () => {
  const shared = dense(3, 4, { name: 'shared', useBias: false });
  const input = tf.input({ shape: [3] });
  const body = twice().apply(shared.apply(shared.apply(input) as tf.SymbolicTensor) as tf.SymbolicTensor);
  const output = tf.layers.dense({ units: 1 }).apply(body as tf.SymbolicTensor) as tf.SymbolicTensor;
  const model = tf.model({ inputs: input, outputs: output });
  const { loss, batchSize } = options as { loss: 'meanSquaredError'; batchSize: number };
  const task = modelTask(model, { x: numbers(3 * N), y: numbers(N, 1) }, { loss, batchSize });
  const names = task.saved.map((variable) => task.nameOf?.(variable));
  expect(names).toEqual([
    'shared/kernel',
    ...['body/d/kernel', 'body/d/bias', 'body/d/kernel#2', 'body/d/bias#2'],
    ...['dense#1/kernel', 'dense#1/bias'],
  ]);
  task.dispose();
});
