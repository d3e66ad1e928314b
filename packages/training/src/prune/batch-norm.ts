import { type AugmentOptions, batches, type Split } from '@winnow/data';
import { tf } from '@winnow/tensorflow';

/** Which images the statistics are taken from. */
export interface ReestimateOptions {
  /** Number of batches, an integer ≥ 1. Default 30. */
  batches?: number;
  /** Images per batch. Default 128. */
  batchSize?: number;
  /** As in training. */
  augment?: AugmentOptions;
  /** Picks the images. Default 0. */
  seed?: number;
  /** Called after every batch. */
  onBatch?: () => void;
}

interface BatchNormLayer {
  momentum: number;
  call(inputs: tf.Tensor | tf.Tensor[], kwargs: Record<string, unknown>): tf.Tensor | tf.Tensor[];
}

/**
 * Replaces BatchNorm's running statistics by the averages over some batches of training images, through the network as it
 * is (pruned, say): no gradient, no dropout, no transform; only the statistics change. Dropped or pruned weights shift
 * activations, and statistics that were gathered before do not fit the network that is evaluated.
 *
 * @returns the number of BatchNorm layers; with none, nothing is done
 * @throws RangeError if a number is out of range
 */
export async function reestimateBatchNorm(
  model: tf.LayersModel,
  split: Split,
  options: ReestimateOptions = {},
): Promise<number> {
  const { batches: count = 30, batchSize = 128, augment = {}, seed = 0, onBatch } = options;
  if (!Number.isInteger(count) || count < 1) {
    throw new RangeError(`reestimateBatchNorm: batches must be an integer ≥ 1, got ${count}`);
  }
  if (!Number.isInteger(batchSize) || batchSize < 1 || batchSize > split.count) {
    throw new RangeError(`reestimateBatchNorm: batchSize must be an integer in [1, ${split.count}], got ${batchSize}`);
  }
  const layers = batchNormLayers(model.layers);
  if (layers.length === 0) return 0;
  const restores = layers.map(runInTraining);
  let done = 0;
  try {
    for (let epoch = 0; done < count; epoch++) {
      for await (const batch of batches(split, {
        batchSize,
        seed,
        epoch,
        shuffle: true,
        dropRemainder: true,
        augment,
      })) {
        // With this momentum the running statistics are the plain mean over the batches so far.
        for (const layer of layers) layer.momentum = done / (done + 1);
        tf.tidy(() => {
          model.apply(tf.tensor(batch.images, [...batch.shape]), { training: false });
        });
        onBatch?.();
        if (++done === count) break;
      }
    }
  } finally {
    for (const restore of restores) restore();
  }
  return layers.length;
}

function batchNormLayers(layers: readonly tf.layers.Layer[]): BatchNormLayer[] {
  return layers.flatMap((layer) => {
    const inner = (layer as unknown as { layers?: tf.layers.Layer[] }).layers;
    if (inner) return batchNormLayers(inner);
    return layer.getClassName() === 'BatchNormalization' ? [layer as unknown as BatchNormLayer] : [];
  });
}

/** Makes one layer normalise by its batch while all others run as in evaluation. */
function runInTraining(layer: BatchNormLayer): () => void {
  const { momentum } = layer;
  const call = layer.call;
  layer.call = function (this: BatchNormLayer, inputs, kwargs) {
    return call.call(this, inputs, { ...kwargs, training: true });
  };
  return () => {
    delete (layer as Partial<BatchNormLayer>).call;
    layer.momentum = momentum;
  };
}
