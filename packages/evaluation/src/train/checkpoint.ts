/** A training run's state in one file that is written whole or not at all. */

import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type NamedArray, readSafetensors, writeSafetensors } from '@winnow/models';
import { tf } from '@winnow/tensorflow';

const FILE = 'checkpoint.safetensors';
const FORMAT = 'winnow-checkpoint/1';

/** Where a run stands, besides the weights. */
export interface Progress {
  /** Steps done. */
  step: number;
  /** Wall-clock seconds of those steps. */
  seconds: number;
}

/** Writes weights, the optimizer's state and the progress of a run. `run` names the run: only the same one resumes from it. */
export async function writeCheckpoint(
  directory: string,
  run: string,
  model: tf.LayersModel,
  optimizer: tf.Optimizer,
  progress: Progress,
): Promise<void> {
  const arrays = new Map<string, NamedArray>();
  for (const [name, tensor] of modelTensors(model)) arrays.set(`model/${name}`, valuesOf(tensor));
  for (const { name, tensor } of await optimizer.getWeights()) {
    arrays.set(`optimizer/${name}`, valuesOf(tensor));
    // The count of steps is a tensor made for the caller; the others are the optimizer's own variables.
    if (name === 'iter') tensor.dispose();
  }
  mkdirSync(directory, { recursive: true });
  const metadata = { format: FORMAT, run, step: String(progress.step), seconds: String(progress.seconds) };
  writeSafetensors(join(directory, FILE), arrays, metadata);
}

/**
 * Puts a checkpoint of the same run back into model and optimizer.
 *
 * @returns the progress, or undefined if the directory holds no checkpoint
 * @throws Error naming the file if it is broken, or belongs to a run with other options
 */
export async function readCheckpoint(
  directory: string,
  run: string,
  model: tf.LayersModel,
  optimizer: tf.Optimizer,
): Promise<Progress | undefined> {
  const file = join(directory, FILE);
  if (!existsSync(file)) return undefined;
  const { arrays, metadata } = readSafetensors(file);
  if (metadata['format'] !== FORMAT) throw new Error(`${file} has format '${metadata['format']}', expected ${FORMAT}`);
  if (metadata['run'] !== run) {
    throw new Error(`${file} belongs to a run with other options; delete it or choose another directory`);
  }
  for (const [name, tensor] of modelTensors(model)) {
    const saved = arrays.get(`model/${name}`);
    if (saved === undefined || String(saved.shape) !== String(tensor.shape)) {
      throw new Error(
        `${file} has ${saved ? `shape [${saved.shape}]` : 'nothing'} for weight '${name}' [${tensor.shape}]`,
      );
    }
    tf.tidy(() => (tensor as tf.Variable).assign(tf.tensor(saved.values, saved.shape)));
  }
  const weights = [...arrays]
    .filter(([name]) => name.startsWith('optimizer/'))
    .map(([name, { shape, values }]) => ({ name: name.slice('optimizer/'.length), tensor: tf.tensor(values, shape) }));
  await optimizer.setWeights(weights);
  return { step: Number(metadata['step']), seconds: Number(metadata['seconds']) };
}

/** A model's variables under names that stay the same in another process: tf.layers numbers names per process. */
function modelTensors(model: tf.LayersModel): [string, tf.Tensor][] {
  return model.layers.flatMap((layer) =>
    layer.weights.map((weight): [string, tf.Tensor] => [`${layer.name}/${weight.originalName}`, weight.read()]),
  );
}

function valuesOf(tensor: tf.Tensor): NamedArray {
  return { shape: tensor.shape, values: tensor.dataSync() as Float32Array | Int32Array };
}
