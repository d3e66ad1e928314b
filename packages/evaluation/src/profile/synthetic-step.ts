import { appliedTransform } from '@winnow/models';
import { tf } from '@winnow/tensorflow';
import type { TrainingTask } from '@winnow/training';

/** The task of training a model on random input, whose steps take the time that those on data take. */
export function syntheticTask(model: tf.LayersModel): TrainingTask<tf.Tensor[]> {
  const trainable = model.trainableWeights.map((weight) => weight.read() as tf.Variable);
  return {
    name: 'profile',
    trainable,
    saved: [],
    stepsPerEpoch: 1,
    examplesPerStep: model.inputs.length,
    unit: 'images',
    transform: appliedTransform(model),
    // Steps are timed on a batch of `syntheticBatch`.
    async *batches() {},
    loss(inputs) {
      const outputs = [model.apply(inputs, { training: true })].flat() as tf.Tensor[];
      return tf.addN(outputs.map(lossOf)) as tf.Scalar;
    },
    disposeBatch: (inputs) => tf.dispose(inputs),
  };
}

/** Cross-entropy for classes, all of them the first; the mean square for all else. */
function lossOf(output: tf.Tensor): tf.Scalar {
  if (output.rank !== 2) return tf.mean(tf.square(output));
  const labels = tf.oneHot(tf.zeros([output.shape[0]], 'int32'), output.shape[1] as number);
  return tf.losses.softmaxCrossEntropy(labels, output) as tf.Scalar;
}

/** Random input of a model: numbers of mean 0 and variance 1; 0 and 1 where an embedding reads it. */
export function syntheticBatch(model: tf.LayersModel, shapes: readonly (readonly number[])[], seed: number) {
  const readers = model.layers.filter((layer) => layer.getClassName() === 'Embedding');
  const embedded = new Set(readers.flatMap((layer) => [layer.input].flat().map(({ name }) => name)));
  return model.inputs.map(({ name, dtype }, i) => {
    const shape = [...(shapes[i] as readonly number[])];
    return dtype === 'int32' || embedded.has(name)
      ? tf.tidy(() => tf.cast(tf.randomUniform(shape, 0, 2, 'int32', seed + i), dtype ?? 'float32'))
      : tf.randomNormal(shape, 0, 1, 'float32', seed + i);
  });
}
