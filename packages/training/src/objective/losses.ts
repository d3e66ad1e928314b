import { softmaxCrossEntropy } from '@winnow/ops';
import { tf } from '@winnow/tensorflow';

/** A loss of one's own, as `model.compile` takes it: `[n]`, `[n, …]` or a scalar for a batch. Differentiable. */
export type LossFunction = (yTrue: tf.Tensor, yPred: tf.Tensor) => tf.Tensor;

/**
 * A loss by name. All but the last two are those of `model.compile`, with the same numbers, and judge what the model
 * puts out. `softmaxCrossEntropy` (classes as integers) and `sigmoidCrossEntropy` (zeros and ones) judge logits: the
 * output of a last layer without softmax or sigmoid, whose values they put through one themselves. That is more exact.
 */
export type LossName =
  | 'meanSquaredError'
  | 'meanAbsoluteError'
  | 'meanAbsolutePercentageError'
  | 'meanSquaredLogarithmicError'
  | 'squaredHinge'
  | 'hinge'
  | 'categoricalHinge'
  | 'logcosh'
  | 'categoricalCrossentropy'
  | 'sparseCategoricalCrossentropy'
  | 'binaryCrossentropy'
  | 'kullbackLeiblerDivergence'
  | 'poisson'
  | 'cosineProximity'
  | 'softmaxCrossEntropy'
  | 'sigmoidCrossEntropy';

/**
 * What the targets of a loss are: `classes`, integers in [0, classes) without the last axis of the output;
 * `fractions`, of the output's shape and in [0, 1]; `values`, of the output's shape; `any`, unknown.
 */
export type TargetKind = 'classes' | 'fractions' | 'values' | 'any';

/** A loss, and what it needs. */
export interface Loss {
  readonly name: string;
  readonly targets: TargetKind;
  /** What the model must put out. */
  readonly head: 'logits' | 'probabilities' | 'any';
  /** Whether the classes share one distribution, so that one unit would always be right. */
  readonly needsClasses: boolean;
  /** The loss of every example (and step of a sequence): `[n]` or `[n, …]`. */
  of(y: tf.Tensor, output: tf.Tensor): tf.Tensor;
}

const EPSILON = 1e-7;

type Formula = (y: tf.Tensor, output: tf.Tensor) => tf.Tensor;
const valued = (of: Formula) => ({ targets: 'values', head: 'any', needsClasses: false, of }) as const;
const last = (values: tf.Tensor) => tf.mean(values, -1);
const probability = (values: tf.Tensor) => tf.clipByValue(values, EPSILON, 1 - EPSILON);
const normalised = (values: tf.Tensor) =>
  tf.div(values, tf.sqrt(tf.maximum(tf.sum(tf.square(values), -1, true), EPSILON)));
const shares = (output: tf.Tensor) => probability(tf.div(output, tf.sum(output, -1, true)));
const logistic = (y: tf.Tensor, logits: tf.Tensor) =>
  tf.add(tf.sub(tf.relu(logits), tf.mul(logits, y)), tf.log1p(tf.exp(tf.neg(tf.abs(logits)))));
const crossEntropy = (y: tf.Tensor, output: tf.Tensor) => tf.neg(tf.sum(tf.mul(y, tf.log(shares(output))), -1));

const LOSSES: Readonly<Record<LossName, Omit<Loss, 'name'>>> = {
  meanSquaredError: valued((y, output) => last(tf.square(tf.sub(output, y)))),
  meanAbsoluteError: valued((y, output) => last(tf.abs(tf.sub(output, y)))),
  meanAbsolutePercentageError: valued((y, output) =>
    tf.mul(100, last(tf.abs(tf.div(tf.sub(y, output), tf.maximum(tf.abs(y), EPSILON))))),
  ),
  meanSquaredLogarithmicError: valued((y, output) => {
    const logarithm = (values: tf.Tensor) => tf.log(tf.add(1, tf.maximum(values, EPSILON)));
    return last(tf.square(tf.sub(logarithm(y), logarithm(output))));
  }),
  squaredHinge: valued((y, output) => last(tf.square(tf.relu(tf.sub(1, tf.mul(y, output)))))),
  hinge: valued((y, output) => last(tf.relu(tf.sub(1, tf.mul(y, output))))),
  categoricalHinge: valued((y, output) => {
    const right = tf.sum(tf.mul(y, output), -1);
    return tf.relu(tf.add(1, tf.sub(tf.max(tf.mul(tf.sub(1, y), output), -1), right)));
  }),
  logcosh: valued((y, output) => {
    const error = tf.sub(output, y);
    return last(tf.sub(tf.add(error, tf.softplus(tf.mul(-2, error))), Math.LN2));
  }),
  categoricalCrossentropy: { targets: 'fractions', head: 'probabilities', needsClasses: true, of: crossEntropy },
  sparseCategoricalCrossentropy: {
    targets: 'classes',
    head: 'probabilities',
    needsClasses: true,
    of: (y, output) => crossEntropy(tf.oneHot(y as tf.Tensor1D, output.shape.at(-1) as number), probability(output)),
  },
  binaryCrossentropy: {
    targets: 'fractions',
    head: 'probabilities',
    needsClasses: false,
    of(y, output) {
      const p = probability(output);
      return last(logistic(y, tf.log(tf.div(p, tf.sub(1, p)))));
    },
  },
  kullbackLeiblerDivergence: {
    targets: 'fractions',
    head: 'probabilities',
    needsClasses: true,
    of(y, output) {
      const clipped = (values: tf.Tensor) => tf.clipByValue(values, EPSILON, 1);
      return tf.sum(tf.mul(y, tf.log(tf.div(clipped(y), clipped(output)))), -1);
    },
  },
  poisson: valued((y, output) => last(tf.sub(output, tf.mul(y, tf.log(tf.add(output, EPSILON)))))),
  cosineProximity: valued((y, output) => tf.neg(tf.sum(tf.mul(normalised(y), normalised(output)), -1))),
  softmaxCrossEntropy: {
    targets: 'classes',
    head: 'logits',
    needsClasses: true,
    of: (y, output) => softmaxCrossEntropy(output, y),
  },
  sigmoidCrossEntropy: {
    targets: 'fractions',
    head: 'logits',
    needsClasses: false,
    of: (y, output) => last(logistic(y, output)),
  },
};

/** Names of all losses. */
export const LOSS_NAMES = Object.keys(LOSSES) as readonly LossName[];

/** @throws RangeError for a name that is none; TypeError for what is neither a name nor a function */
export function lossOf(caller: string, argument: string, loss: unknown): Loss {
  if (typeof loss === 'function') {
    const of = loss as LossFunction;
    return { name: of.name || 'function', targets: 'any', head: 'any', needsClasses: false, of };
  }
  if (typeof loss !== 'string') {
    throw new TypeError(`${caller}: ${argument} must be the name of a loss or a function, got ${loss}`);
  }
  if (!Object.hasOwn(LOSSES, loss)) {
    throw new RangeError(`${caller}: ${argument} must be one of ${LOSS_NAMES.join(', ')}, got '${loss}'`);
  }
  return { name: loss, ...LOSSES[loss as LossName] };
}
