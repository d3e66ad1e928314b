import { type Split, splitDigest } from '@winnow/data';
import { seededDropout } from '@winnow/models';
import { useFastGradients } from '@winnow/ops';
import type { tf } from '@winnow/tensorflow';
import { checkModel } from '../arguments.js';
import { checkData, isSplit, type TrainingData } from '../examples/training-data.js';
import { classificationTask } from './classification-task.js';
import { givenPaths } from './given-names.js';
import { makeOptimizer, type OptimizerChoice, optimizerSettings } from './make-optimizer.js';
import { MODEL_TASK_OPTIONS, modelTask } from './model-task.js';
import { checkTrainOptions, type TrainOptions } from './options.js';
import type { TrainingTask } from './task.js';
import type { TaskResult } from './task-options.js';
import { trainTask } from './train-task.js';

/**
 * Trains a model. Data order, augmentation and the transform's masks are functions of seed and step, so a run that is
 * interrupted and resumed from its checkpoint ends with the same weights as an uninterrupted one. Regularisers are
 * added to the loss; constraints are applied after every step.
 *
 * @param model any tf.layers model. For an image split: of images `[n, height, width, channels]` with one output of
 *   logits or, after softmax, probabilities `[n, classes]`
 * @param data an image split of `@winnow/data`, whose batches a worker prepares; examples `{x, y, sampleWeight?}` of
 *   tensors or typed arrays; or a `tf.data.Dataset` of batches `{xs, ys, sampleWeight?}`
 * @throws TypeError or RangeError, before the first step, for what does not fit: the error names the option, input or
 *   output (batches of a `tf.data.Dataset` are checked as they are read); NotFiniteError, naming the step and the
 *   layer, if the loss becomes NaN or infinite; Error if the checkpoint directory holds a broken checkpoint or one
 *   of another run, if a `tf.data.Dataset` does not repeat what the checkpoint was trained on, or if a
 *   method acts on a layer that was frozen after it was applied
 */
export async function train(model: tf.LayersModel, data: TrainingData, options: TrainOptions): Promise<TaskResult> {
  const caller = 'train';
  checkModel(caller, model);
  checkData(caller, 'data', data);
  checkTrainOptions(data, options);
  const { execution = 'dense' } = options;
  useFastGradients({ execution });
  if (!isSplit(data)) {
    const own = Object.entries(options).filter(([key]) => MODEL_TASK_OPTIONS.includes(key));
    const given = { ...Object.fromEntries(own), checkpoints: options.checkpoint !== undefined };
    const task = modelTask(model, data, given, caller);
    try {
      return await run(task, { ...task.identity, ...dropoutOf(model) }, options);
    } finally {
      task.dispose();
    }
  }
  const { batchSize = 0, seed = 0, augment = {}, test, loss, classWeight, checkpoint } = options;
  if (test !== undefined && !isSplit(test)) {
    throw new TypeError(`train: test must be an image split, as the data is, got {${Object.keys(test)}}`);
  }
  const given = { ...(loss && { loss }), ...(classWeight && { classWeight }) };
  const task = classificationTask(model, data, { batchSize, seed, augment, test, ...given }, caller);
  return run(
    task,
    {
      batchSize,
      seed,
      augment,
      ...dropoutOf(model),
      images: [data.count, data.height, data.width, data.channels],
      ...(checkpoint && { data: await splitDigest(data) }),
      // Apart from what is best, test images change nothing that a checkpoint holds.
      ...(checkpoint?.best && test && { test: await splitDigest(test as Split) }),
      ...(loss && { loss: typeof loss === 'function' ? loss.name : loss }),
      ...(classWeight && { classWeight }),
    },
    options,
  );
}

/** The seed of a model's dropout, and those of its layers whose names, which masks depend on, are not the user's. */
function dropoutOf(model: tf.LayersModel): Readonly<Record<string, unknown>> {
  const dropout = seededDropout(model);
  const dropoutLayers = givenPaths(dropout?.layers ?? []);
  return { dropoutSeed: dropout?.seed, ...(dropoutLayers.length > 0 && { dropoutLayers }) };
}

async function run<Batch>(
  task: TrainingTask<Batch>,
  identity: Readonly<Record<string, unknown>>,
  options: TrainOptions,
): Promise<TaskResult> {
  const { execution = 'dense' } = options;
  const { epochs, learningRate, signal, accumulate, evaluateEvery, checkpoint, onStep, observers = [] } = options;
  const optimizer = makeOptimizer(optimizerSettings(options) as OptimizerChoice, task.transform);
  try {
    return await trainTask(
      task,
      {
        epochs,
        learningRate,
        optimizer,
        signal,
        observers: onStep ? [...observers, { onStep }] : observers,
        identity: {
          ...optimizerSettings(options),
          // Without a method nothing is cut, and dense is what checkpoints of before were trained with.
          ...(task.transform && execution !== 'dense' && { execution }),
          ...identity,
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
