import type { Split } from '@winnow/data';
import { useFastGradients } from '@winnow/ops';
import type { tf } from '@winnow/tensorflow';
import { classificationTask } from './classification-task.js';
import { makeOptimizer, optimizerSettings } from './make-optimizer.js';
import { checkTrainOptions, type TrainOptions } from './options.js';
import type { TaskResult } from './task-options.js';
import { trainTask } from './train-task.js';

/**
 * Trains an image classifier on softmax cross-entropy. A worker prepares batches while the step runs. Data order,
 * augmentation and the transform's masks are functions of seed and step, so a run that is interrupted and resumed from
 * its checkpoint ends with the same weights as an uninterrupted one.
 *
 * @param model maps images `[n, height, width, channels]` to logits `[n, classes]`
 * @throws RangeError if an option is out of range; NotFiniteError, naming the step and the layer, if the loss becomes
 *   NaN or infinite; Error if the checkpoint directory holds a broken checkpoint or one of another run
 */
export async function train(model: tf.LayersModel, split: Split, options: TrainOptions): Promise<TaskResult> {
  checkTrainOptions(split, options);
  useFastGradients();
  const { batchSize, seed = 0, augment = {}, test } = options;
  const { onStep, observers = [], epochs, learningRate, accumulate, evaluateEvery, checkpoint } = options;
  const task = classificationTask(model, split, { batchSize, seed, augment, ...(test && { test }) });
  const optimizer = makeOptimizer(options, task.transform);
  try {
    return await trainTask(
      task,
      {
        epochs,
        learningRate,
        optimizer,
        signal: options.signal,
        observers: onStep ? [...observers, { onStep }] : observers,
        identity: {
          ...optimizerSettings(options),
          batchSize,
          seed,
          augment,
          images: [split.count, split.height, split.width, split.channels],
        },
        ...(accumulate !== undefined && { accumulate }),
        ...(evaluateEvery && { evaluateEvery }),
        ...(checkpoint && { checkpoint }),
      },
      'train',
    );
  } finally {
    optimizer.dispose();
  }
}
