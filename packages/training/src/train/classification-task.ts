import { type AugmentOptions, batches, type Split } from '@winnow/data';
import { appliedTransform, seededDropout } from '@winnow/models';
import { tf } from '@winnow/tensorflow';
import { checkAugment, checkOptions } from '../arguments.js';
import { evaluate } from '../metrics/evaluate.js';
import { classObjective } from '../objective/class-objective.js';
import { type ObjectiveOptions, outputLoss } from '../objective/objective.js';
import { constraintsOf, regularisers, withPenalties } from '../objective/penalties.js';
import { locateInLayers } from './locate-in-layers.js';
import { checkGradients } from './missing-gradients.js';
import type { TrainingTask } from './task.js';
import { variableNames } from './variable-names.js';

/** Options of `classificationTask`. */
export interface ClassificationOptions extends Pick<ObjectiveOptions, 'loss' | 'classWeight'> {
  /** Images per step. An incomplete last batch of an epoch is skipped. */
  batchSize: number;
  /** Seed of data order and augmentation, an integer in [0, 2⁵³). Default 0. */
  seed?: number;
  /** Augmentation and standardisation. Evaluation only standardises. Default: images unchanged, in [0, 1]. */
  augment?: AugmentOptions;
  /** Images to evaluate on, each once: metrics `testLoss` and `testAccuracy`. Default: no evaluation. */
  test?: Split | undefined;
}

/** A batch as tensors. */
export interface ImageBatch {
  /** float32 `[n, height, width, channels]` */
  images: tf.Tensor4D;
  /** int32 `[n]` */
  labels: tf.Tensor1D;
}

/**
 * A training task for image classification with cross-entropy. A worker prepares batches while the step runs. The terms
 * of regularisers are added to the loss, and constraints are applied after every step.
 *
 * @param model maps images to logits or probabilities `[n, classes]`. A transform applied to it takes part in training.
 *   Seed its dropout (`seedDropout`) to make runs repeatable
 * @throws TypeError or RangeError if the model, the split or the loss do not fit each other
 */
export function classificationTask(
  model: tf.LayersModel,
  split: Split,
  options: ClassificationOptions,
  caller = 'classificationTask',
): TrainingTask<ImageBatch> {
  checkOptions(caller, options, ['batchSize', 'seed', 'augment', 'test', 'loss', 'classWeight']);
  checkAugment(caller, options.augment);
  checkGradients(caller, model);
  const { batchSize, seed = 0, augment = {}, test, loss, classWeight } = options;
  const { output, targets } = classObjective(
    caller,
    model,
    split,
    { ...(loss && { loss }), ...(classWeight && { classWeight }) },
    augment,
  );
  const terms = regularisers(model);
  const constrain = constraintsOf(model);
  const names = variableNames(model);
  const trainable = model.trainableWeights.map((weight) => weight.read() as tf.Variable);
  const logitsOf = (images: tf.Tensor) => model.apply(images, { training: true }) as tf.Tensor2D;
  return {
    name: 'image classification',
    trainable,
    saved: [...names.keys()],
    nameOf: (variable) => names.get(variable) ?? variable.name,
    stepsPerEpoch: Math.floor(split.count / batchSize),
    examplesPerStep: batchSize,
    unit: 'images',
    transform: appliedTransform(model),
    async *batches(epoch, start) {
      const order = { batchSize, seed, epoch, start, shuffle: true, dropRemainder: true, augment, prefetch: 4 };
      for await (const { images, shape, labels } of batches(split, order)) {
        yield { images: tf.tensor4d(images, [...shape]), labels: tf.tensor1d(labels, 'int32') };
      }
    },
    loss({ images, labels }, step) {
      seededDropout(model)?.step.set(step);
      return withPenalties(outputLoss(output, targets(labels), logitsOf(images)), terms);
    },
    ...(constrain && { constrain }),
    disposeBatch: (batch) => tf.dispose([batch.images, batch.labels]),
    locateNotFinite: ({ images }) => locateInLayers(model, () => logitsOf(images)),
    ...(test && {
      async evaluate(signal) {
        const measured = await evaluate(model, test, { augment, signal, ...(loss && { loss }) });
        return { testLoss: measured.loss, testAccuracy: measured.accuracy };
      },
    }),
  };
}
