/** Ten steps of training without a data set or a worker: what a test of every method can afford. */

import { makeSynthetic } from '@winnow/data';
import { appliedTransform, resnet } from '@winnow/models';
import { sgd, useFastGradients, type WeightTransform } from '@winnow/ops';
import { tf } from '@winnow/tensorflow';
import { classificationTask, type TaskResult, trainTask } from '@winnow/training';

export const STEPS = 10;
const BATCH = 16;

const { train: split } = makeSynthetic({ classes: 4, height: 8, width: 8, train: STEPS * BATCH, test: 4, seed: 1 });

export function tinyModel(transform: WeightTransform | undefined): tf.LayersModel {
  return resnet({
    depth: 6,
    widths: [8, 12],
    inputShape: [8, 8, 1],
    classes: 4,
    seed: 3,
    ...(transform && { transform }),
  });
}

/** The model's task, which knows its transform. */
export const tinyTask = (model: tf.LayersModel) => classificationTask(model, split, { batchSize: BATCH });

/** Batches that need no worker. */
export async function* tinyBatches(_epoch: number, start: number) {
  for (let step = start; step < STEPS; step++) {
    const pixels = split.images.subarray(step * BATCH * 64, (step + 1) * BATCH * 64);
    yield {
      images: tf.tensor4d(
        Float32Array.from(pixels, (byte) => byte / 255),
        [BATCH, 8, 8, 1],
      ),
      labels: tf.tensor1d(split.labels.subarray(step * BATCH, (step + 1) * BATCH), 'int32'),
    };
  }
}

/** Trains for an epoch of ten steps, or until an interruption after `interruptAt`. */
export async function trainTiny(
  model: tf.LayersModel,
  { checkpoint, interruptAt }: { checkpoint?: string; interruptAt?: number } = {},
): Promise<TaskResult> {
  useFastGradients();
  const controller = new AbortController();
  const applied = appliedTransform(model);
  const optimizer = sgd({
    momentum: 0.9,
    weightDecay: 1e-3,
    decayed: (variable) => applied?.isDecayed(variable) ?? variable.rank >= 2,
  });
  const task = {
    ...tinyTask(model),
    batches: tinyBatches,
  };
  try {
    return await trainTask(task, {
      epochs: 1,
      learningRate: { kind: 'constant', rate: 0.05 },
      optimizer,
      signal: controller.signal,
      observers: [{ onStep: ({ step }) => void (step === interruptAt && controller.abort()) }],
      ...(checkpoint !== undefined && { checkpoint: { directory: checkpoint } }),
    });
  } finally {
    optimizer.dispose();
  }
}
