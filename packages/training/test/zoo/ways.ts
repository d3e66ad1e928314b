/** The three ways to train a model of the zoo: tf.layers' own, Winnow's, and a loop of one's own. */

import { fitCallbacks, transformsWithin } from '@winnow/models';
import { tf } from '@winnow/tensorflow';
import { train } from '@winnow/training';
import { BATCH, quiet, STEPS, single, type ZooModel } from './zoo-model.js';

/** Trains for an epoch of three steps, and gives the losses that it saw. */
type Way = (zoo: ZooModel) => Promise<number[]>;

async function fit({ model, x, y }: ZooModel): Promise<number[]> {
  const callbacks = transformsWithin(model).length > 0 ? fitCallbacks(model) : [];
  const { history } = await model.fit(single(x), single(y), { ...quiet, callbacks });
  constrain(model);
  return history['loss'] as number[];
}

/**
 * tf.layers applies constraints when it writes a weight, and so when it loads a model, but not in `fit`: without this a
 * stock model that is saved and loaded predicts something else.
 */
function constrain(model: tf.LayersModel): void {
  tf.tidy(() => {
    for (const weight of model.weights) weight.write(weight.read().clone());
  });
}

async function ours({ model, x, y }: ZooModel): Promise<number[]> {
  const { finalLoss } = await train(
    model,
    { x: single(x), y: single(y) },
    {
      epochs: 1,
      batchSize: BATCH,
      shuffle: false,
      loss: 'meanSquaredError',
      learningRate: { kind: 'constant', rate: 0.01 },
    },
  );
  return [finalLoss];
}

async function ownLoop({ model, x, y }: ZooModel): Promise<number[]> {
  const [applied] = transformsWithin(model);
  const optimizer = tf.train.adam(0.01);
  const start = applied?.step.next ?? 0;
  const own = (applied?.variables ?? []).filter(({ trainable }) => trainable).map(({ variable }) => variable);
  const trained = [...model.trainableWeights.map((weight) => weight.read() as tf.Variable), ...own];
  const losses: number[] = [];
  for (let step = 0; step < STEPS; step++) {
    applied?.step.set(start + step);
    const loss = tf.tidy(() => {
      const part = (tensor: tf.Tensor) => tensor.slice(step * BATCH, BATCH);
      const [inputs, targets] = [x.map(part), y.map(part)];
      const lossOf = () => {
        const outputs = [model.apply(single(inputs), { training: true })].flat() as tf.Tensor[];
        const terms = outputs.map((output, i) => tf.losses.meanSquaredError(targets[i]!, output) as tf.Scalar);
        const penalty = applied?.penalty();
        return tf.addN(penalty ? [...terms, penalty] : terms) as tf.Scalar;
      };
      return optimizer.minimize(lossOf, true, trained)!;
    });
    losses.push((await loss.data())[0]!);
    loss.dispose();
    applied?.afterStep(optimizer);
  }
  optimizer.dispose();
  constrain(model);
  return losses;
}

export const ways: Readonly<Record<string, Way>> = {
  'model.fit': fit,
  'train()': ours,
  'a loop of one’s own': ownLoop,
};
