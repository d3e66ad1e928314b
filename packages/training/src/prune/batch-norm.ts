import { type AugmentOptions, batches } from '@winnow/data';
import { allNodes, graphOf, type ModelLike } from '@winnow/graph';
import { tf } from '@winnow/tensorflow';
import { checkAugment, checkCount, checkFunction, checkModel, checkOptions, checkSeed } from '../arguments.js';
import { sourceOf } from '../examples/data-source.js';
import { tensorsOf } from '../examples/source.js';
import { checkData, isSplit, isStream, type TrainingData } from '../examples/training-data.js';
import { checkImages } from '../objective/class-objective.js';

/** Options of `reestimateBatchNorm`. */
export interface ReestimateOptions {
  /** Number of batches, an integer ≥ 1. Default 30. If the data has fewer, it is gone through again. */
  batches?: number;
  /**
   * Examples per batch, an integer in [1, number of examples]. Default 128, or all examples if there are fewer.
   * Leave it out for a `tf.data.Dataset`, which comes in batches.
   */
  batchSize?: number;
  /** The training options, for an image split. */
  augment?: AugmentOptions;
  /** Seed that chooses the examples. Default 0. */
  seed?: number;
  /** Called after every batch. */
  onBatch?: () => void;
}

interface LayerVariable {
  read(): tf.Tensor;
}

interface BatchNormLayer {
  momentum: number;
  gamma?: LayerVariable | null;
  beta?: LayerVariable | null;
  movingMean: LayerVariable;
  call(inputs: tf.Tensor | tf.Tensor[], kwargs: Record<string, unknown>): tf.Tensor | tf.Tensor[];
}

/**
 * Re-estimates BatchNorm's running statistics on training data. Pruning or dropping weights shifts activations, so
 * statistics gathered during training no longer fit the network. The new ones are plain averages over the batches,
 * taken without gradients, dropout or a transform. Nothing else changes.
 *
 * Layers within nested models and wrappers (TimeDistributed, Bidirectional) are found. The statistics of a layer that
 * runs several times in a batch, because it is shared or runs on every step of a sequence, are the average over all of
 * its runs. A BatchNorm that a custom layer holds is not found.
 *
 * @param data an image split, examples `{x}` (targets are not needed) or a `tf.data.Dataset` of `{xs}` or inputs
 * @returns the number of BatchNorm layers; if 0, no batch is run
 * @throws TypeError or RangeError naming the argument, its range and its value, before a statistic changes
 */
export async function reestimateBatchNorm(
  model: tf.LayersModel,
  data: TrainingData | Pick<Extract<TrainingData, { x: unknown }>, 'x'>,
  options: ReestimateOptions = {},
): Promise<number> {
  const caller = 'reestimateBatchNorm';
  checkModel(caller, model);
  const given = checkData(caller, 'data', data);
  checkOptions(caller, options, ['batches', 'batchSize', 'augment', 'seed', 'onBatch']);
  const { batches: count = 30, onBatch } = options;
  checkCount(caller, 'batches', count);
  if (options.seed !== undefined) checkSeed(caller, options.seed);
  checkFunction(caller, 'onBatch', onBatch);
  const inputs = inputsOf(caller, model, given, options);
  const layers = batchNormLayers(model);
  if (layers.length === 0) return 0;
  const restores = layers.map(averageInTraining);
  let done = 0;
  try {
    for (let epoch = 0; done < count; epoch++) {
      const before = done;
      for await (const x of inputs(epoch)) {
        tf.tidy(() => {
          model.apply(x.length === 1 ? (x[0] as tf.Tensor) : x, { training: false });
        });
        tf.dispose(x);
        onBatch?.();
        if (++done === count) break;
      }
      if (done === before) throw new RangeError(`${caller}: data must have at least one batch, got none`);
    }
  } finally {
    for (const restore of restores) restore();
  }
  return layers.length;
}

/** The batches of an epoch: one tensor for every input. Checks everything that can be checked before. */
function inputsOf(
  caller: string,
  model: tf.LayersModel,
  data: TrainingData,
  { batchSize, augment = {}, seed = 0 }: ReestimateOptions,
): (epoch: number) => AsyncIterable<tf.Tensor[]> {
  if (isSplit(data)) {
    checkAugment(caller, augment);
    checkImages(caller, model, data, augment);
    const size = batchSize ?? Math.min(128, data.count);
    if (!Number.isInteger(size) || size < 1 || size > data.count) {
      throw new RangeError(`${caller}: batchSize must be an integer in [1, ${data.count}], got ${size}`);
    }
    return async function* (epoch) {
      const order = { batchSize: size, seed, epoch, shuffle: true, dropRemainder: true, augment };
      for await (const { images, shape } of batches(data, order)) yield [tf.tensor(images, [...shape])];
    };
  }
  const reading = { seed, shuffle: true, dropRemainder: true, digest: false };
  if (isStream(data)) {
    const source = (batchesPerEpoch: number) =>
      sourceOf(caller, 'data', model, data, [], { ...reading, batchSize, batchesPerEpoch });
    source(1);
    return async function* () {
      for await (const batch of source(Number.MAX_SAFE_INTEGER).batches(0, 0)) yield tensorsOf(batch);
    };
  }
  const source = sourceOf(caller, 'data', model, data, [], {
    ...reading,
    batchSize: batchSize ?? 128,
    clampBatchSize: batchSize === undefined,
    batchesPerEpoch: undefined,
  });
  return async function* (epoch) {
    for await (const batch of source.batches(epoch, 0)) yield tensorsOf(batch);
  };
}

function batchNormLayers(model: tf.LayersModel): BatchNormLayer[] {
  const nodes = allNodes(graphOf(model as unknown as ModelLike));
  const layers = nodes.map(({ node }) => node.layer).filter(({ kind }) => kind === 'BatchNormalization');
  return [...new Set(layers.map(({ source }) => source as unknown as BatchNormLayer))];
}

/**
 * Makes one layer normalise by the statistics of each batch, and average them over its runs, while the rest of the
 * model runs in evaluation mode.
 */
function averageInTraining(layer: BatchNormLayer): () => void {
  const { momentum } = layer;
  const had = Object.hasOwn(layer, 'call');
  const call = layer.call;
  let runs = 0;
  layer.call = function (this: BatchNormLayer, inputs, kwargs) {
    // This momentum makes the running statistics the plain mean over the runs so far.
    this.momentum = runs / (runs + 1);
    runs++;
    const { gamma, beta, movingMean } = this;
    // With `scale: false` or `center: false` tf.layers has none, and reads them in training all the same.
    this.gamma ??= { read: () => tf.onesLike(movingMean.read()) };
    this.beta ??= { read: () => tf.zerosLike(movingMean.read()) };
    try {
      return call.call(this, inputs, { ...kwargs, training: true });
    } finally {
      Object.assign(this, { gamma, beta });
    }
  };
  return () => {
    if (had) layer.call = call;
    else delete (layer as Partial<BatchNormLayer>).call;
    layer.momentum = momentum;
  };
}
