/** A run of a second or two that has everything a long one has; shared by a test and the process that it kills. */

import { targetedDropoutTransform } from '@winnow/baselines';
import { makeSynthetic } from '@winnow/data';
import { resnet } from '@winnow/models';
import type { tf } from '@winnow/tensorflow';
import type { TrainOptions } from '@winnow/training';

export const smallDataset = makeSynthetic({ classes: 4, height: 8, width: 8, train: 320, test: 100, seed: 1 });

export const runOptions: TrainOptions = {
  epochs: 2,
  batchSize: 32,
  learningRate: { kind: 'one-cycle', peak: 0.1, warmup: 0.3 },
  weightDecay: 1e-3,
  seed: 5,
  augment: { pad: 1, flip: true },
};

export function smallModel(): tf.LayersModel {
  const transform = targetedDropoutTransform({ targetFraction: 0.75, dropRate: 0.5, seed: 2, rampSteps: 5 });
  return resnet({ depth: 8, inputShape: [8, 8, 1], classes: 4, seed: 3, transform });
}

export function weightBits(model: tf.LayersModel): number[][] {
  return model.getWeights().map((weight) => [...new Uint32Array((weight.dataSync() as Float32Array).slice().buffer)]);
}
