import type * as tf from '@tensorflow/tfjs';
import { transformsWithin } from './apply-transform.js';
import { checkModel } from './check-model.js';
import { checkNotFrozen } from './frozen-kernels.js';
import { seededDropout } from './seeded-dropout.js';

/** What tf.layers' `fit` trains with, beyond its public types. */
interface Fitting {
  calculateLosses?: () => tf.Scalar[];
  collectedTrainableWeights: { read(): tf.Tensor }[];
  optimizer: tf.Optimizer;
}

/**
 * Callbacks with which `model.fit` and `model.fitDataset` train with any method that was applied to the model, or to a
 * model within it: they set the step, add penalties to the loss, train the method's own variables, and renew masks
 * after each batch.
 *
 * ```ts
 * const applied = applyTransform(model, riglTransform({ sparsity: 0.9, endStep: 1000 }));
 * await model.fit(x, y, { callbacks: fitCallbacks(model) });
 * ```
 *
 * Steps go on from where the last `fit` ended. Calling `model.fit` without them fails for a method that needs them, and
 * with them if the model does not train a kernel that a method acts on, before anything has changed.
 *
 * @throws TypeError for what is no model; Error if no transform is applied to it
 */
export function fitCallbacks(model: tf.LayersModel): tf.CustomCallbackArgs {
  checkModel('fitCallbacks', model);
  const all = transformsWithin(model);
  if (all.length === 0) throw new Error(`fitCallbacks: model '${model.name}' has no transform; apply one first`);
  let next = Math.max(...all.map(({ step }) => step.next));
  let fitting = fittingOf(model);
  let trained: Fitting['collectedTrainableWeights'] | undefined;
  let isInBatch = false;

  const stop = () => {
    isInBatch = false;
    if (trained === undefined) return;
    fitting.collectedTrainableWeights = trained;
    trained = undefined;
    delete fitting.calculateLosses;
  };
  const start = () => {
    fitting = fittingOf(model);
    const stockLosses = fitting.calculateLosses as () => tf.Scalar[];
    const own = all.flatMap(({ variables }) => variables.filter(({ trainable }) => trainable));
    trained = fitting.collectedTrainableWeights;
    fitting.collectedTrainableWeights = [...trained, ...own.map(({ variable }) => ({ read: () => variable }))];
    fitting.calculateLosses = () => {
      const penalties = isInBatch ? all.flatMap(({ penalty }) => penalty() ?? []) : [];
      return [...stockLosses.call(fitting), ...penalties];
    };
  };
  return {
    onTrainBegin: async () => {
      // A `fit` that failed did not come to its end.
      stop();
      for (const { transform, kernels } of all) {
        // A model around the transform's may be frozen, and fit trains what was not when the model was compiled.
        for (const trained of [model.trainableWeights, fittingOf(model).collectedTrainableWeights]) {
          checkNotFrozen('fitCallbacks', transform.name, kernels, trained);
        }
      }
      start();
    },
    onBatchBegin: async () => {
      for (const { step } of all) step.set(next);
      seededDropout(model)?.step.set(next);
      isInBatch = true;
    },
    onBatchEnd: async () => {
      isInBatch = false;
      for (const applied of all) applied.afterStep(fitting.optimizer);
      next++;
    },
    onTrainEnd: async () => {
      stop();
      for (const { step } of all) step.release();
      seededDropout(model)?.step.release();
    },
  };
}

/** A Sequential trains a functional model that it makes of its layers when it is compiled. */
function fittingOf(model: tf.LayersModel): Fitting {
  const { model: made } = model as unknown as { model?: Fitting };
  return model.getClassName() === 'Sequential' && made ? made : (model as unknown as Fitting);
}
