/** A compiled model of the zoo with examples of its shapes. */

import type { io } from '@tensorflow/tfjs';
import { type KernelSelection, modelKernels } from '@winnow/models';
import { tf } from '@winnow/tensorflow';

const EXAMPLES = 4;
export const BATCH = 2;
export const STEPS = EXAMPLES / BATCH;

export interface ZooModel {
  readonly model: tf.LayersModel;
  /** One tensor for every input. */
  readonly x: tf.Tensor[];
  /** One tensor for every output. */
  readonly y: tf.Tensor[];
  readonly custom: KernelSelection['custom'];
}

/**
 * Compiles a model, gives it the same weights every time, and makes examples for it.
 *
 * @param shapes of one example for every input: some layers change those of the model's inputs
 */
export function zooModel(
  model: tf.LayersModel,
  custom: KernelSelection['custom'] = {},
  shapes = model.inputs.map(({ shape }) => shape.slice(1)),
): ZooModel {
  modelKernels(model, custom).forEach(({ variable }, i) => {
    const fanIn = variable.size / variable.shape.at(-1)!;
    tf.tidy(() => variable.assign(tf.randomNormal(variable.shape, 0, fanIn ** -0.5, 'float32', i + 1)));
  });
  model.compile({ loss: 'meanSquaredError', optimizer: tf.train.adam(0.01) });
  const examples = (shape: tf.Shape) => [EXAMPLES, ...shape] as number[];
  const x = model.inputs.map(({ dtype }, i) =>
    dtype === 'int32'
      ? tf.randomUniform(examples(shapes[i]!), 0, 5, 'int32', 3 + i)
      : tf.randomNormal(examples(shapes[i]!), 0, 1, 'float32', 3 + i),
  );
  return { model, x, y: model.outputs.map(({ shape }) => tf.ones(examples(shape.slice(1)))), custom };
}

/** What tf.layers forgets to free of a layer: states, dropout masks, and weights if it is called twice. */
interface Kept {
  states_?: tf.Tensor[];
  cell?: { dropoutMask?: tf.TensorContainer; recurrentDropoutMask?: tf.TensorContainer };
}

/** Frees a model, its optimizer and its examples. */
export function disposeZoo({ model, x, y }: ZooModel): void {
  (model as unknown as { optimizer: tf.Optimizer }).optimizer.dispose();
  tf.dispose([...x, ...y]);
  disposeModel(model);
}

export function disposeModel(model: tf.LayersModel): void {
  const weights = model.weights.map((weight) => weight.read());
  const kept = model.layers as Kept[];
  model.dispose();
  tf.dispose(weights);
  for (const { states_, cell } of kept) tf.dispose([states_, cell?.dropoutMask, cell?.recurrentDropoutMask] as never);
}

/** What `fit` and `apply` take: a single tensor where there is one only. */
export const single = <T>(list: readonly T[]): T | T[] => (list.length === 1 ? list[0]! : [...list]);

export const quiet = { verbose: 0, batchSize: BATCH, shuffle: false } as const;

/** The model as `save` writes it. */
export async function saved(model: tf.LayersModel): Promise<io.IOHandler> {
  let artifacts: io.ModelArtifacts | undefined;
  const done = { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' as const } };
  await model.save(
    tf.io.withSaveHandler(async (made) => {
      artifacts = made;
      return done;
    }),
  );
  return tf.io.fromMemory(artifacts!);
}

/** The predictions of all examples. A stateful layer starts anew. */
export function predictions({ x }: ZooModel, model: tf.LayersModel): number[] {
  model.resetStates();
  return tf.tidy(() => {
    const outputs = model.predict(single(x), { batchSize: BATCH });
    return [outputs].flat().flatMap((output) => [...output.dataSync()]);
  });
}
