import { tf } from '@winnow/tensorflow';
import { LOSS_NAMES, type Loss, type LossFunction, lossOf } from './losses.js';

/** A metric over a data set: the sum of all batches' sums, divided by the sum of their counts. */
export interface Metric {
  readonly name: string;
  /** Sum and count of a batch, as scalars. */
  of(y: tf.Tensor, output: tf.Tensor): readonly [sum: tf.Tensor, count: tf.Tensor];
}

const ALIASES: Readonly<Record<string, string>> = {
  mse: 'meanSquaredError',
  MSE: 'meanSquaredError',
  mae: 'meanAbsoluteError',
  MAE: 'meanAbsoluteError',
  mape: 'meanAbsolutePercentageError',
  MAPE: 'meanAbsolutePercentageError',
  cosine: 'cosineProximity',
};

type Hits = (y: tf.Tensor, output: tf.Tensor) => tf.Tensor;
const float = (values: tf.Tensor) => tf.cast(values, 'float32');
const mean = (values: tf.Tensor) => [tf.sum(float(values)), tf.scalar(values.size)] as const;
const best = (values: tf.Tensor) => tf.argMax(values, -1);
const positive = (values: tf.Tensor, threshold: number) => float(tf.greater(values, threshold));

/** @param threshold of the output, above which it says yes: ½ of a probability, 0 of a logit */
const binaryHits =
  (threshold: number): Hits =>
  (y, output) =>
    tf.equal(positive(y, 0.5), positive(output, threshold));
const categoricalHits: Hits = (y, output) => tf.equal(best(y), best(output));
const sparseHits: Hits = (y, output) => tf.equal(tf.cast(y, 'int32'), best(output));

/** What `accuracy` counts depends on the loss, as it does under `model.compile`. */
function accuracyOf(loss: Loss, units: number | null | undefined): Hits {
  if (loss.targets === 'classes') return sparseHits;
  if (loss.name === 'sigmoidCrossEntropy') return binaryHits(0);
  return loss.name === 'binaryCrossentropy' || units === 1 ? binaryHits(0.5) : categoricalHits;
}

/**
 * @param units size of the output's last axis
 * @throws RangeError for a name that is none; TypeError for what is neither a name nor a function
 */
export function metricOf(
  caller: string,
  argument: string,
  metric: unknown,
  loss: Loss,
  units: number | null | undefined,
): Metric {
  if (typeof metric === 'function') {
    const of = metric as LossFunction;
    // A function may give one number for the batch, which then counts once for every example.
    return {
      name: of.name || 'metric',
      of(y, output) {
        const size = output.shape[0] as number;
        return [tf.mul(tf.mean(of(y, output)), size), tf.scalar(size)];
      },
    };
  }
  if (typeof metric !== 'string') {
    throw new TypeError(`${caller}: ${argument} must be the name of a metric or a function, got ${metric}`);
  }
  const threshold = loss.head === 'logits' ? 0 : 0.5;
  const hits: Readonly<Record<string, Hits>> = {
    accuracy: accuracyOf(loss, units),
    acc: accuracyOf(loss, units),
    binaryAccuracy: binaryHits(threshold),
    categoricalAccuracy: categoricalHits,
    sparseCategoricalAccuracy: sparseHits,
  };
  if (Object.hasOwn(hits, metric)) {
    const of = hits[metric] as Hits;
    return { name: metric, of: (y, output) => mean(of(y, output)) };
  }
  if (metric === 'precision' || metric === 'recall') {
    return {
      name: metric,
      of(y, output) {
        const [truth, guess] = [positive(y, 0.5), positive(output, threshold)];
        return [tf.sum(tf.mul(truth, guess)), tf.sum(metric === 'precision' ? guess : truth)];
      },
    };
  }
  const name = ALIASES[metric] ?? metric;
  if (!LOSS_NAMES.includes(name as never)) {
    const names = [...Object.keys(hits), 'precision', 'recall', ...Object.keys(ALIASES), ...LOSS_NAMES];
    throw new RangeError(`${caller}: ${argument} must be one of ${names.join(', ')}, got '${metric}'`);
  }
  const { of } = lossOf(caller, argument, name);
  return { name: metric, of: (y, output) => mean(of(y, output)) };
}
