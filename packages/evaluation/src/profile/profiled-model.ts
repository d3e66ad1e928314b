/** The model that is profiled: named or saved, with its weights cut. */

import { pathToFileURL } from 'node:url';
import { fixedMaskTransform, resolveMethod } from '@winnow/baselines';
import { appliedTransform, applyTransform, chooseKernels, loadModel } from '@winnow/models';
import type { WeightTransform } from '@winnow/ops';
import { tf } from '@winnow/tensorflow';
import { checkGradients } from '@winnow/training';
import { findModel } from '../experiments/models.js';
import { parseMethod } from '../experiments/names.js';
import { sizeOf } from '../runs/settings.js';
import type { ProfileSettings } from './settings.js';

/** Steps of the run at whose end a method is profiled: ramps are over, and masks what they end as. */
export const RUN_STEPS = 8;

/** A model to profile. */
export interface ProfiledModel {
  readonly title: string;
  readonly model: tf.LayersModel;
  readonly method: string;
  /** Shape of each input, the batch first. */
  readonly inputs: readonly (readonly number[])[];
}

/**
 * Makes or loads the model and cuts its weights.
 *
 * @throws RangeError if a saved model has a method and another is asked for, cannot be trained, or a size of its inputs
 *   is open
 */
export async function profiledModel(
  given: string,
  file: string | undefined,
  settings: ProfileSettings,
): Promise<ProfiledModel> {
  const { model, title } = file === undefined ? named(given, settings) : await saved(file);
  try {
    if (model.trainableWeights.length === 0) {
      throw new RangeError(`winnow profile: ${file ?? given} has no weights that training changes`);
    }
    checkGradients('winnow profile', model);
    const inputs = inputShapes(model, settings);
    return { title, model, inputs, method: cutWeights(model, file !== undefined, settings) };
  } catch (error) {
    appliedTransform(model)?.remove();
    model.dispose();
    throw error;
  }
}

function named(name: string, { imageSize, classes, seed }: ProfileSettings) {
  const { title, published, create } = findModel(name);
  const [height, width, channels] = published.image;
  const size = imageSize === undefined ? { height, width } : sizeOf(imageSize);
  const names = Array.from({ length: classes ?? published.classes }, (_, i) => String(i));
  return { title, model: create({ dataset: { classes: names, train: { ...size, channels } }, seed }) };
}

async function saved(file: string) {
  const model = await loadModel(pathToFileURL(file).href);
  return { title: model.name, model };
}

function inputShapes(model: tf.LayersModel, { batchSize, imageSize }: ProfileSettings): number[][] {
  const size = imageSize === undefined ? undefined : sizeOf(imageSize);
  return model.inputs.map(({ name, shape }) => {
    const [, ...rest] = shape;
    const isImage = rest.length === 3;
    const asked = size && isImage ? [size.height, size.width, rest[2] ?? null] : rest;
    const differs = asked.findIndex((side, i) => typeof rest[i] === 'number' && rest[i] !== side);
    if (size && (!isImage || differs >= 0)) {
      throw new RangeError(`winnow profile: imageSize must fit input '${name}' of shape [${shape}], got ${imageSize}`);
    }
    if (asked.some((side) => side === null)) {
      const advice = isImage ? 'give imageSize (--image-size)' : 'only sizes of images can be given';
      throw new RangeError(`winnow profile: input '${name}' of shape [${shape}] has open sizes; ${advice}`);
    }
    return [batchSize, ...(asked as number[])];
  });
}

/** Applies what cuts the weights; gives its name. */
function cutWeights(model: tf.LayersModel, isSaved: boolean, settings: ProfileSettings): string {
  const { sparsity, method, granularity, seed } = settings;
  const asked = method ?? (sparsity === undefined ? undefined : `random-pruning:sparsity=${sparsity}`);
  const own = appliedTransform(model);
  if (own !== undefined) {
    if (asked === undefined) return own.transform.name;
    throw new RangeError(
      `winnow profile: the saved model has method '${own.transform.name}' already; leave out sparsity and method`,
    );
  }
  if (asked === undefined && isSaved && hasZeros(model)) {
    return applyTransform(model, fixedMaskTransform()).transform.name;
  }
  const { name, hyperparameters } = parseMethod(asked ?? 'random-pruning:sparsity=0.9');
  const resolved = resolveMethod(name, hyperparameters, granularity);
  const transform: WeightTransform | undefined = resolved.method.create(resolved.hyperparameters, {
    granularity,
    seed,
    totalSteps: RUN_STEPS,
  });
  if (transform) applyTransform(model, transform);
  return name;
}

/** Whether a model was pruned: a trained weight is never 0 by itself, but for units that are dead. */
function hasZeros(model: tf.LayersModel): boolean {
  return chooseKernels('winnow profile', model).kernels.some(({ variable }) =>
    tf.tidy(() => tf.any(tf.equal(variable, 0)).dataSync()[0] === 1),
  );
}
