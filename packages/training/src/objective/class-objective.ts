import type { AugmentOptions, Split } from '@winnow/data';
import { tf } from '@winnow/tensorflow';
import { headsOf } from './head.js';
import { type ObjectiveOptions, type OutputObjective, objectiveOf } from './objective.js';

/** The objective of an image split: one output, labels as integers. */
export interface ClassObjective {
  readonly output: OutputObjective;
  /** Labels `[n]` as the loss takes them. */
  targets(labels: tf.Tensor): tf.Tensor;
  /** 1 for every image that the output puts into its class, else 0: `[n]`. */
  hits(labels: tf.Tensor, output: tf.Tensor): tf.Tensor;
}

/**
 * The loss of class labels that suits a model's head: cross-entropy of logits, of probabilities after a softmax, or of
 * one unit after a sigmoid.
 *
 * @throws TypeError or RangeError if the model has other inputs or outputs than an image and classes, if labels are
 *   beyond its classes, or if the loss does not suit the head
 */
export function classObjective(
  caller: string,
  model: tf.LayersModel,
  split: Split,
  options: Pick<ObjectiveOptions, 'loss' | 'classWeight'>,
  augment: AugmentOptions,
): ClassObjective {
  checkImages(caller, model, split, augment);
  const [output, ...others] = model.outputs as tf.SymbolicTensor[];
  if (output === undefined || others.length > 0 || output.shape.length !== 2) {
    const shapes = model.outputs.map(({ shape }) => `[${shape.map((size) => size ?? 'n').join(', ')}]`).join(', ');
    throw new RangeError(
      `${caller}: for an image split the model must have one output [n, classes], got ${shapes}; else give {x, y}`,
    );
  }
  const units = output.shape[1] as number;
  const [head] = headsOf(model);
  const isBinary = units === 1 && head?.activation === 'sigmoid';
  const fallback = head?.activation === 'softmax' ? 'sparseCategoricalCrossentropy' : 'softmaxCrossEntropy';
  const loss = options.loss ?? (isBinary ? 'binaryCrossentropy' : fallback);
  const [objective] = objectiveOf(caller, model, { ...options, loss, metrics: [] }) as [OutputObjective];
  const { targets, name } = objective.loss;
  const isOneUnit = units === 1 && targets === 'fractions';
  if (targets !== 'classes' && targets !== 'any' && !isOneUnit) {
    throw new RangeError(
      `${caller}: loss of an image split must take labels as integers, as 'softmaxCrossEntropy' does, got '${name}'`,
    );
  }
  const classes = isOneUnit ? 2 : units;
  const bad = split.labels.findIndex((label) => !(label >= 0 && label < classes));
  if (bad >= 0) {
    const range = `in [0, ${classes - 1}], the classes of output '${objective.name}'`;
    throw new RangeError(`${caller}: labels must be ${range}, got ${split.labels[bad]} at ${bad}`);
  }
  const threshold = objective.loss.head === 'logits' ? 0 : 0.5;
  return {
    output: objective,
    targets: (labels) => (isOneUnit ? tf.cast(tf.expandDims(labels, 1), 'float32') : labels),
    hits(labels, values) {
      const guess = isOneUnit ? tf.cast(tf.greater(tf.squeeze(values, [1]), threshold), 'int32') : tf.argMax(values, 1);
      return tf.cast(tf.equal(guess, labels), 'float32');
    },
  };
}

/**
 * Checks that a model takes the images of a split.
 *
 * @throws RangeError naming the input's shape and the images'
 */
export function checkImages(caller: string, model: tf.LayersModel, split: Split, { crop }: AugmentOptions): void {
  const size = typeof crop === 'number' ? { height: crop, width: crop } : (crop ?? split);
  const images = [size.height, size.width, split.channels];
  const shapes = model.inputs.map(({ shape }) => shape);
  const [first, ...others] = shapes;
  const fits = first?.length === 4 && images.every((length, i) => (first[i + 1] ?? length) === length);
  if (fits && others.length === 0) return;
  const text = shapes.map((shape) => `[${shape.map((length, i) => length ?? (i === 0 ? 'n' : '?')).join(', ')}]`);
  throw new RangeError(
    `${caller}: the model must take images [n, ${images.join(', ')}] as its one input, got ${text.join(' and ')}`,
  );
}
