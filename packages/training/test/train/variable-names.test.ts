/** What variables are called in checkpoints, where layers of nested models have the same names. */

import { weightDropoutTransform } from '@winnow/baselines';
import { applyTransform, seedDropout } from '@winnow/models';
import { tf } from '@winnow/tensorflow';
import { modelTask, type TrainOptions, train } from '@winnow/training';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../../test/temporary-folder.js';
import { variableNames } from '../../src/train/variable-names.js';
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

describe('layers and models without a name', () => {
  const { layers } = tf;
  const inner = () => tf.sequential({ layers: [dense(3, 1, { inputShape: [3] }), dense(3, 2)] });
  const body = (of = inner()) => {
    const input = tf.input({ shape: [3] });
    return tf.model({ inputs: input, outputs: dense(3, 3).apply(of.apply(input)) as tf.SymbolicTensor });
  };
  const asLayer = (model: tf.LayersModel) => model as unknown as tf.layers.Layer;
  const recurrent = () => {
    const layer = layers.lstm({ units: 2, returnSequences: true }) as never;
    return layers.bidirectional({ layer, mergeMode: 'concat', inputShape: [2, 3] });
  };
  const models: Record<string, () => tf.LayersModel> = {
    nested: () => tf.sequential({ layers: [asLayer(body()), asLayer(inner()), dense(1, 4)] }),
    'in TimeDistributed': () =>
      tf.sequential({ layers: [layers.timeDistributed({ layer: asLayer(body()), inputShape: [2, 3] }), dense(1, 4)] }),
    'in Bidirectional': () => tf.sequential({ layers: [recurrent(), layers.gru({ units: 2 }), dense(1, 4)] }),
    'of a class of one’s own': () => {
      class Own extends tf.Sequential {
        static override className = 'Own';
      }
      const own = new Own({ layers: [dense(3, 5, { inputShape: [3] })] });
      return tf.sequential({ layers: [asLayer(own), asLayer(body(own)), dense(1, 4)] });
    },
  };

  it.each(Object.entries(models))('have the same names in every process, %s', (_, make) => {
    const names = [...variableNames(make()).values()];
    expect([...variableNames(make()).values()]).toEqual(names);
    expect(new Set(names).size).toBe(names.length);
    expect(names.join()).not.toMatch(/[a-z]_?\d+\/(?!.*#)/);
  });

  const data = { x: numbers(3 * N), y: numbers(N, 1) };
  /** Trains three steps, and then another model, made later, to the end. */
  const resumed = async (make: () => tf.LayersModel) => {
    const directory = temporaryFolder();
    const stop = new AbortController();
    const begun = { ...options, checkpoint: { directory }, signal: stop.signal };
    await train(make(), data, { ...begun, onStep: ({ step }) => step === 3 && stop.abort() });
    const model = make();
    await train(model, data, { ...options, checkpoint: { directory } });
    return model;
  };

  it('go on from a checkpoint with other numbers', async () => {
    const whole = models['nested']!();
    await train(whole, data, options);
    expect(weightsOf(await resumed(models['nested']!))).toEqual(weightsOf(whole));
  });

  it('are refused by name where masks or dropout depend on the number', async () => {
    const says = /belongs to a run whose '.*' is '.*' here: tf.layers numbers layers and models without a name anew/;
    const masked = () => {
      const model = models['nested']!();
      applyTransform(model, weightDropoutTransform({ rate: 0.5 }));
      return model;
    };
    await expect(resumed(masked)).rejects.toThrow(says);
    const dropping = (name?: string) => () => {
      const dropout = layers.dropout({ rate: 0.5, ...(name !== undefined && { name }) });
      const model = tf.sequential({ layers: [dense(3, 1, { inputShape: [3] }), dropout, dense(1, 2)] });
      seedDropout(model, 1);
      return model;
    };
    await expect(resumed(dropping())).rejects.toThrow(says);
    const whole = dropping('dropout')();
    await train(whole, data, options);
    expect(weightsOf(await resumed(dropping('dropout')))).toEqual(weightsOf(whole));
  });
});
