import { type AugmentOptions, batches, type Split } from '@winnow/data';
import { tf } from '@winnow/tensorflow';
import { checkAugment, checkCount, checkFunction, checkModel, checkOptions, checkSignal } from '../arguments.js';
import { sourceOf } from '../examples/data-source.js';
import { tensorsOf } from '../examples/source.js';
import { checkData, type ExampleStream, type Examples, isSplit, isStream } from '../examples/training-data.js';
import { type ClassObjective, classObjective } from '../objective/class-objective.js';
import { type LossOption, type ObjectiveOptions, objectiveOf, outputLoss } from '../objective/objective.js';

/** Options of `evaluate` for an image split. */
export interface EvaluateOptions {
  /** Images per batch. Default 500. */
  batchSize?: number;
  /** The training options. Only their standardisation is used: images are never cropped or flipped. */
  augment?: AugmentOptions;
  /**
   * Default: cross-entropy of logits, of probabilities after a softmax, or of one unit after a sigmoid. A name or a
   * function of integer labels.
   */
  loss?: LossOption;
  /** Called after every batch. */
  onBatch?: () => void;
  /** Aborting ends the evaluation with the signal's reason. */
  signal?: AbortSignal | undefined;
}

/** Options of `evaluate` for examples of one's own. */
export interface EvaluateExamplesOptions extends Pick<ObjectiveOptions, 'loss' | 'metrics' | 'lossWeights'> {
  /** Examples per batch. Default 500. Leave it out for a `tf.data.Dataset`, which comes in batches. */
  batchSize?: number;
  /** At most this many batches of a `tf.data.Dataset`; needed if it is endless. */
  batches?: number;
  /** Called after every batch. */
  onBatch?: () => void;
  /** Aborting ends the evaluation with the signal's reason. */
  signal?: AbortSignal | undefined;
}

/** Result of `evaluate` for an image split. */
export interface Evaluation {
  /** Fraction of images with the largest logit at their label, in [0, 1]. */
  accuracy: number;
  /** Mean cross-entropy, in nats. */
  loss: number;
  /** Number of images evaluated. */
  images: number;
}

/** Result of `evaluate` for examples of one's own. */
export interface ExamplesEvaluation {
  /** The sum over outputs of their mean losses. Regularisers are not in it, as in `model.evaluate`. */
  loss: number;
  /**
   * Every metric by its name, over all examples. With several outputs `head_mae`, and `head_loss` for their losses.
   */
  metrics: Readonly<Record<string, number>>;
  /** Number of examples evaluated. */
  examples: number;
}

/**
 * Loss and metrics of a model over data, each example once, without dropout and the like.
 *
 * An image split is for a classifier of images `[n, height, width, channels]` with one output `[n, classes]`. Examples
 * `{x, y}` and a `tf.data.Dataset` of `{xs, ys}` are for any model, with the losses and metrics that `model.compile`
 * knows; if the model is compiled, its own by default.
 *
 * @throws TypeError or RangeError naming the argument, input or output, before the model runs; for a `tf.data.Dataset`
 *   when the batch at fault is read. The signal's reason if it is aborted
 */
export function evaluate(model: tf.LayersModel, data: Split, options?: EvaluateOptions): Promise<Evaluation>;
export function evaluate(
  model: tf.LayersModel,
  data: Examples | ExampleStream,
  options?: EvaluateExamplesOptions,
): Promise<ExamplesEvaluation>;
export async function evaluate(
  model: tf.LayersModel,
  data: Split | Examples | ExampleStream,
  options: EvaluateOptions | EvaluateExamplesOptions = {},
): Promise<Evaluation | ExamplesEvaluation> {
  const caller = 'evaluate';
  checkModel(caller, model);
  checkData(caller, 'data', data);
  const own = isSplit(data) ? ['augment'] : ['metrics', 'lossWeights', 'batches'];
  checkOptions(caller, options, ['batchSize', 'loss', 'onBatch', 'signal', ...own]);
  if (options.batchSize !== undefined) checkCount(caller, 'batchSize', options.batchSize);
  checkFunction(caller, 'onBatch', options.onBatch);
  checkSignal(caller, options.signal);
  return isSplit(data)
    ? evaluateSplit(model, data, options as EvaluateOptions)
    : evaluateExamples(model, data, options as EvaluateExamplesOptions);
}

async function evaluateSplit(model: tf.LayersModel, split: Split, options: EvaluateOptions): Promise<Evaluation> {
  const { batchSize = 500, augment = {}, loss: chosen, onBatch, signal } = options;
  checkAugment('evaluate', augment);
  const { standardise = 'none', statistics } = augment;
  const input: AugmentOptions = { standardise, ...(statistics && { statistics }) };
  const objective = classObjective('evaluate', model, split, chosen ? { loss: chosen } : {}, {});
  let correct = 0;
  let loss = 0;
  let images = 0;
  for await (const batch of batches(split, { batchSize, augment: input })) {
    const [hits, lossSum] = imageSums(model, objective, batch.images, batch.shape, batch.labels);
    correct += hits;
    loss += lossSum;
    images += batch.size;
    onBatch?.();
    await new Promise(setImmediate);
    signal?.throwIfAborted();
  }
  return { accuracy: correct / images, loss: loss / images, images };
}

/** Hits and summed loss of a batch of images. */
function imageSums(
  model: tf.LayersModel,
  { output, targets, hits }: ClassObjective,
  images: Float32Array,
  shape: readonly number[],
  labels: Int32Array,
): readonly [hits: number, loss: number] {
  return tf.tidy(() => {
    const values = model.apply(tf.tensor(images, [...shape]), { training: false }) as tf.Tensor2D;
    const classes = tf.tensor1d(labels, 'int32');
    const losses = output.loss.of(targets(classes), values);
    // A function may give one number for the batch.
    const lossSum = losses.size === 1 ? tf.mul(tf.mean(losses), labels.length) : tf.sum(losses);
    return [tf.sum(hits(classes, values)).dataSync()[0] as number, lossSum.dataSync()[0] as number] as const;
  });
}

async function evaluateExamples(
  model: tf.LayersModel,
  data: Examples | ExampleStream,
  options: EvaluateExamplesOptions,
): Promise<ExamplesEvaluation> {
  const caller = 'evaluate';
  const { onBatch, signal } = options;
  if (options.batches !== undefined) checkCount(caller, 'batches', options.batches);
  const objective = objectiveOf(caller, model, options);
  const isEndless = isStream(data) && data.size === Number.POSITIVE_INFINITY;
  if (isEndless && options.batches === undefined) {
    throw new RangeError(`${caller}: batches must be given, since the tf.data.Dataset is endless, got undefined`);
  }
  const source = sourceOf(caller, 'data', model, data, objective, {
    batchSize: options.batchSize ?? (isStream(data) ? undefined : 500),
    // A stream of unknown length is read to its end.
    batchesPerEpoch: isStream(data) ? (options.batches ?? Number.MAX_SAFE_INTEGER) : options.batches,
    seed: 0,
    shuffle: false,
    dropRemainder: false,
    digest: false,
  });
  const totals = objective.map(({ metrics }) => ({ loss: 0, metrics: metrics.map(() => [0, 0] as [number, number]) }));
  let examples = 0;
  for await (const batch of source.batches(0, 0)) {
    tf.tidy(() => {
      const outputs = [
        model.apply(batch.x.length === 1 ? (batch.x[0] as tf.Tensor) : [...batch.x], { training: false }),
      ];
      for (const [i, output] of (outputs.flat() as tf.Tensor[]).entries()) {
        const of = objective[i] as (typeof objective)[number];
        const total = totals[i] as (typeof totals)[number];
        const y = batch.y[i] as tf.Tensor;
        const loss = outputLoss({ ...of, classWeights: undefined }, y, output, batch.sampleWeight[i]);
        total.loss += (loss.dataSync()[0] as number) * batch.size;
        for (const [k, metric] of of.metrics.entries()) {
          const [sum, count] = metric.of(y, output);
          const entry = total.metrics[k] as [number, number];
          entry[0] += sum.dataSync()[0] as number;
          entry[1] += count.dataSync()[0] as number;
        }
      }
    });
    tf.dispose(tensorsOf(batch));
    examples += batch.size;
    onBatch?.();
    await new Promise(setImmediate);
    signal?.throwIfAborted();
  }
  if (examples === 0) throw new RangeError(`${caller}: data must have at least one batch, got none`);
  const several = objective.length > 1;
  const metrics = objective.flatMap(({ name, metrics: ofOutput }, i) => {
    const { loss, metrics: sums } = totals[i] as (typeof totals)[number];
    const entries = ofOutput.map((metric, k): [string, number] => {
      const [sum, count] = sums[k] as [number, number];
      return [several ? `${name}_${metric.name}` : metric.name, count === 0 ? 0 : sum / count];
    });
    return several ? [[`${name}_loss`, loss / examples] as [string, number], ...entries] : entries;
  });
  const loss = objective.reduce((sum, { factor }, i) => sum + (factor * (totals[i]?.loss ?? 0)) / examples, 0);
  return { loss, metrics: Object.fromEntries(metrics), examples };
}
