import { type EncodedPairs, type PairBatch, pairBatchCount, pairBatches, pairBatchesInOrder } from '@winnow/data';
import { sequenceLoss, type Transformer } from '@winnow/models';
import { checkKeys } from '@winnow/native/value-checks';
import { tf } from '@winnow/tensorflow';
import type { TrainingTask } from '@winnow/training';

/** A batch of sentence pairs as int32 tensors. */
export interface PairTensors {
  /** `[b, s]` */
  readonly source: tf.Tensor;
  /** `[b, t]`, from the start token on. */
  readonly input: tf.Tensor;
  /** `[b, t]`, up to the end token. */
  readonly labels: tf.Tensor;
}

const KEYS = ['name', 'model', 'train', 'validation', 'batchSize', 'labelSmoothing', 'seed'];

/** What a translation task is made of. */
export interface TranslationTaskOptions {
  name: string;
  model: Transformer;
  train: EncodedPairs;
  validation: EncodedPairs;
  batchSize: number;
  labelSmoothing: number;
  /** Seed of the data order. */
  seed: number;
}

/**
 * Training a Transformer on sentence pairs; evaluates the validation set's mean cross-entropy per token, not smoothed.
 */
export function translationTask(options: TranslationTaskOptions): TrainingTask<PairTensors> {
  checkKeys('translationTask', 'options', options, KEYS);
  const { name, model, train, validation, batchSize, labelSmoothing, seed } = options;
  const { padding, maximumLength } = model.config;
  const paths = new Map([...model.variables].map(([path, variable]) => [variable.name, path]));
  return {
    name,
    trainable: model.trainable,
    saved: model.trainable,
    nameOf: (variable) => paths.get(variable.name) ?? variable.name,
    stepsPerEpoch: pairBatchCount(train, batchSize),
    examplesPerStep: batchSize,
    unit: 'sentence pairs',
    transform: model.method,
    async *batches(epoch, start) {
      for (const batch of pairBatches(train, { batchSize, seed, epoch, start, maximumLength }))
        yield pairTensors(batch);
    },
    loss({ source, input, labels }, step) {
      const logits = model.apply(source, input, { training: true, step, methodStep: model.method?.step.value });
      return sequenceLoss(logits, labels, { labelSmoothing, padding });
    },
    disposeBatch: (batch) => tf.dispose([batch.source, batch.input, batch.labels]),
    evaluate: async (signal) => ({ validationLoss: await meanLoss(model, validation, signal) }),
  };
}

/** Mean cross-entropy per token over all pairs, in nats, not smoothed. */
export async function meanLoss(model: Transformer, pairs: EncodedPairs, signal?: AbortSignal): Promise<number> {
  const { padding, maximumLength } = model.config;
  let sum = 0;
  let tokens = 0;
  for (const batch of pairBatchesInOrder(pairs, 64, maximumLength)) {
    signal?.throwIfAborted();
    const counted = batch.labels.reduce((count, label) => count + (label === padding ? 0 : 1), 0);
    sum +=
      tf.tidy(() => {
        const { source, input, labels } = pairTensors(batch);
        return sequenceLoss(model.apply(source, input), labels, { padding }).dataSync()[0] as number;
      }) * counted;
    tokens += counted;
    await new Promise(setImmediate);
  }
  return sum / tokens;
}

function pairTensors({ source, input, labels, size, sourceLength, targetLength }: PairBatch): PairTensors {
  return {
    source: tf.tensor2d(source, [size, sourceLength], 'int32'),
    input: tf.tensor2d(input, [size, targetLength], 'int32'),
    labels: tf.tensor2d(labels, [size, targetLength], 'int32'),
  };
}
