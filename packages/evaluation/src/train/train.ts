import { createHash } from 'node:crypto';
import { appliedTransform } from '@winnow/models';
import { useFastGradients } from '@winnow/ops';
import { tf } from '@winnow/tensorflow';
import { batches, type Split } from '../datasets/index.js';
import { readCheckpoint, writeCheckpoint } from './checkpoint.js';
import { gradientStep, trainableVariables } from './gradient-step.js';
import { learningRateAt } from './learning-rate.js';
import { checkTrainOptions, type TrainOptions, type TrainResult } from './options.js';

/** How often the loss is read to find NaN: reading waits for the device, so not in every step. */
const LOSS_CHECK_STEPS = 20;

/**
 * Trains a classifier (its output: logits `[n, classes]`) by momentum SGD on softmax cross-entropy. Batches are prepared in
 * a worker while the step runs. Order, augmentation and the transform's masks are functions of seed and step, so a run that
 * was interrupted and resumes from its checkpoint ends in the weights of an uninterrupted one.
 *
 * @throws RangeError if an option is out of range; Error if the loss becomes NaN or infinite (names the step), or if the
 *   checkpoint directory holds a broken checkpoint or one of another run
 */
export async function train(model: tf.LayersModel, split: Split, options: TrainOptions): Promise<TrainResult> {
  checkTrainOptions(split, options);
  useFastGradients();
  const { epochs, batchSize, learningRate, momentum = 0.9, nesterov = false, checkpoint, signal } = options;
  const stepsPerEpoch = Math.floor(split.count / batchSize);
  const totalSteps = stepsPerEpoch * epochs;
  const transform = appliedTransform(model);
  const optimizer = tf.train.momentum(learningRateAt(learningRate, 0, totalSteps), momentum, nesterov);
  const stepOptions = { weightDecay: options.weightDecay ?? 0, clipNorm: options.clipNorm };
  const run = runIdentity(model, split, options);

  let step = 0;
  let secondsBefore = 0;
  if (checkpoint) {
    const progress = await readCheckpoint(checkpoint.directory, run, model, optimizer);
    if (progress) ({ step, seconds: secondsBefore } = progress);
  }
  const start = performance.now();
  const seconds = () => secondsBefore + (performance.now() - start) / 1000;
  const save = async () => {
    if (checkpoint) await writeCheckpoint(checkpoint.directory, run, model, optimizer, { step, seconds: seconds() });
  };

  let loss: tf.Scalar | undefined;
  let finalLoss = Number.NaN;
  let isSaved = true;
  const isInterrupted = () => signal?.aborted === true;
  try {
    while (step < totalSteps && !isInterrupted()) {
      const epoch = Math.floor(step / stepsPerEpoch);
      for await (const batch of batches(split, {
        batchSize,
        seed: options.seed ?? 0,
        epoch,
        start: step % stepsPerEpoch,
        shuffle: true,
        dropRemainder: true,
        augment: options.augment ?? {},
        prefetch: 4,
      })) {
        const rate = learningRateAt(learningRate, step, totalSteps);
        optimizer.setLearningRate(rate);
        transform?.step.set(step);
        const images = tf.tensor(batch.images, [...batch.shape]);
        const labels = tf.tensor1d(batch.labels, 'int32');
        loss?.dispose();
        const current = gradientStep(model, transform, optimizer, images, labels, stepOptions);
        loss = current;
        tf.dispose([images, labels]);
        step++;
        isSaved = false;
        const readLoss = () => current.dataSync()[0] as number;
        if (step % LOSS_CHECK_STEPS === 0 || step === totalSteps) checkLoss(readLoss(), step, model);
        options.onStep?.({ step, totalSteps, epoch, loss: readLoss, learningRate: rate });
        if (checkpoint?.everySteps && step % checkpoint.everySteps === 0) {
          await save();
          isSaved = true;
        }
        // The step is one long call: without a pause here a signal would wait until the end of the run.
        await new Promise(setImmediate);
        if (isInterrupted()) break;
      }
      if (!isSaved) await save();
      isSaved = true;
    }
    if (loss) finalLoss = loss.dataSync()[0] as number;
    return { steps: step, totalSteps, interrupted: step < totalSteps, seconds: seconds(), finalLoss };
  } finally {
    loss?.dispose();
    optimizer.dispose();
    // Momentum's own dispose forgets the learning rate's scalar, which its base class frees.
    tf.SGDOptimizer.prototype.dispose.call(optimizer);
  }
}

/** A run's options as one word, for recognising its checkpoints; what cannot change the result is left out. */
function runIdentity(model: tf.LayersModel, split: Split, options: TrainOptions): string {
  const { onStep: _, signal: __, checkpoint: ___, ...decisive } = options;
  const transform = appliedTransform(model);
  const description = {
    options: decisive,
    images: [split.count, split.height, split.width, split.channels],
    weights: model.weights.map((weight) => [weight.originalName, weight.shape]),
    transform: transform && [
      transform.transform.name,
      transform.transform.getConfig(),
      transform.kernels.map((k) => k.path),
    ],
  };
  return createHash('sha256').update(JSON.stringify(description)).digest('hex');
}

function checkLoss(loss: number, step: number, model: tf.LayersModel): void {
  if (Number.isFinite(loss)) return;
  const broken = trainableVariables(model).find((variable) =>
    tf.tidy(() => !tf.all(tf.isFinite(variable)).dataSync()[0]),
  );
  const where = broken ? `; the first weight that is not finite is ${broken.name}` : '';
  throw new Error(`train: the loss is ${loss} at step ${step}${where}; try a lower learning rate or clipNorm`);
}
