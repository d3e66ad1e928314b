import { type AugmentOptions, batches, type Split } from '@winnow/data';
import { appliedTransform, seededDropout } from '@winnow/models';
import { softmaxCrossEntropy } from '@winnow/ops';
import { tf } from '@winnow/tensorflow';
import { evaluate } from '../metrics/index.js';
import { locateInLayers } from './locate-in-layers.js';
import type { TrainingTask } from './task.js';

/** Options of `classificationTask`. */
export interface ClassificationOptions {
  /** Images per step. An incomplete last batch of an epoch is skipped. */
  batchSize: number;
  /** Seed of data order and augmentation, an integer in [0, 2⁵³). Default 0. */
  seed?: number;
  /** Augmentation and standardisation. Evaluation only standardises. Default: images unchanged, in [0, 1]. */
  augment?: AugmentOptions;
  /** Images to evaluate on, each once: metrics `testLoss` and `testAccuracy`. Default: no evaluation. */
  test?: Split;
}

/** A batch as tensors. */
export interface ImageBatch {
  /** float32 `[n, height, width, channels]` */
  images: tf.Tensor4D;
  /** int32 `[n]` */
  labels: tf.Tensor1D;
}

/**
 * A training task for image classification with softmax cross-entropy. A worker prepares batches while the step runs.
 *
 * @param model maps images to logits `[n, classes]`. A transform applied to it takes part in training. Seed its dropout
 *   (`seedDropout`) to make runs repeatable
 */
export function classificationTask(
  model: tf.LayersModel,
  split: Split,
  options: ClassificationOptions,
): TrainingTask<ImageBatch> {
  const { batchSize, seed = 0, augment = {}, test } = options;
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
      return tf.mean(softmaxCrossEntropy(logitsOf(images), labels)) as tf.Scalar;
    },
    disposeBatch: (batch) => tf.dispose([batch.images, batch.labels]),
    locateNotFinite: ({ images }) => locateInLayers(model, () => logitsOf(images)),
    ...(test && {
      async evaluate(signal) {
        const { loss, accuracy } = await evaluate(model, test, { augment, signal });
        return { testLoss: loss, testAccuracy: accuracy };
      },
    }),
  };
}

/** A model's variables by names that are the same in every process. tf.layers numbers variable names per process. */
function variableNames(model: tf.LayersModel): Map<tf.Variable, string> {
  return new Map(
    model.layers.flatMap((layer) =>
      layer.weights.map((weight): [tf.Variable, string] => {
        const { originalName } = weight;
        // A layer's own weights start with its name, those of a nested model with the inner layer's name.
        const name = originalName.startsWith(`${layer.name}/`) ? originalName : `${layer.name}/${originalName}`;
        return [weight.read() as tf.Variable, name];
      }),
    ),
  );
}
