import { type AugmentOptions, batches, type Split } from '@winnow/data';
import { softmaxCrossEntropy } from '@winnow/ops';
import { tf } from '@winnow/tensorflow';

/** Options of `evaluate`. */
export interface EvaluateOptions {
  /** Images per batch. Default 500. */
  batchSize?: number;
  /** The training options. Only their standardisation is used: images are never cropped or flipped. */
  augment?: AugmentOptions;
  /** Called after every batch. */
  onBatch?: () => void;
  /** Aborting ends the evaluation with the signal's reason. */
  signal?: AbortSignal | undefined;
}

/** Result of `evaluate`. */
export interface Evaluation {
  /** Fraction of images with the largest logit at their label, in [0, 1]. */
  accuracy: number;
  /** Mean softmax cross-entropy, in nats. */
  loss: number;
  /** Number of images evaluated. */
  images: number;
}

/**
 * Accuracy and loss of a classifier over a split, each image once.
 *
 * @param model takes images `[n, height, width, channels]` and returns logits `[n, classes]`
 * @throws the signal's reason if it is aborted
 */
export async function evaluate(
  model: tf.LayersModel,
  split: Split,
  options: EvaluateOptions = {},
): Promise<Evaluation> {
  const { batchSize = 500, augment = {}, onBatch, signal } = options;
  const { standardise = 'none', statistics } = augment;
  const input: AugmentOptions = { standardise, ...(statistics && { statistics }) };
  let correct = 0;
  let loss = 0;
  let images = 0;
  for await (const batch of batches(split, { batchSize, augment: input })) {
    const [hits, lossSum] = tf.tidy(() => {
      const input = tf.tensor(batch.images, [...batch.shape]);
      const logits = model.apply(input, { training: false }) as tf.Tensor2D;
      const labels = tf.tensor1d(batch.labels, 'int32');
      const isHit = tf.cast(tf.equal(tf.argMax(logits, 1), labels), 'float32');
      const losses = softmaxCrossEntropy(logits, labels);
      return [tf.sum(isHit).dataSync()[0] as number, tf.sum(losses).dataSync()[0] as number] as const;
    });
    correct += hits;
    loss += lossSum;
    images += batch.size;
    onBatch?.();
    await new Promise(setImmediate);
    signal?.throwIfAborted();
  }
  return { accuracy: correct / images, loss: loss / images, images };
}
