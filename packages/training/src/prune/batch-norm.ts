import { type AugmentOptions, batches, type Split } from '@winnow/data';
import { tf } from '@winnow/tensorflow';

/** Options of `reestimateBatchNorm`. */
export interface ReestimateOptions {
  /** Number of batches, an integer ≥ 1. Default 30. */
  batches?: number;
  /** Images per batch, an integer in [1, images of the split]. Default 128. */
  batchSize?: number;
  /** The training options. */
  augment?: AugmentOptions;
  /** Seed that chooses the images. Default 0. */
  seed?: number;
  /** Called after every batch. */
  onBatch?: () => void;
}

interface BatchNormLayer {
  momentum: number;
  call(inputs: tf.Tensor | tf.Tensor[], kwargs: Record<string, unknown>): tf.Tensor | tf.Tensor[];
}

/**
 * Re-estimates BatchNorm's running statistics on training images. Pruning or dropping weights shifts activations, so
 * statistics gathered during training no longer fit the network. The new ones are plain averages over the batches,
 * taken without gradients, dropout or a transform. Nothing else changes.
 *
 * @returns the number of BatchNorm layers; if 0, no batch is run
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
        // This momentum makes the running statistics the plain mean over the batches so far.
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

/** Makes one layer normalise by batch statistics while the rest of the model runs in evaluation mode. */
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
