import * as tf from '@tensorflow/tfjs';
import type { WeightTransform } from '@winnow/ops';
import {
  type KernelLayer,
  type KernelSelection,
  type LayerVariable,
  type ModelKernel,
  selectKernels,
} from './kernel-layers.js';
import { PreparedKernels } from './prepared-kernels.js';
import { TrainingStep } from './training-step.js';

/** A transform at work in a model. */
export interface AppliedTransform {
  readonly transform: WeightTransform;
  /** The kernels it transforms, in the order of the model's layers. */
  readonly kernels: readonly ModelKernel[];
  /** The step that it sees; the toolkit's `train` sets it, `model.fit` advances it. */
  readonly step: TrainingStep;
  /** Takes the transform out again; the model is as it was before. */
  remove(): void;
}

const applied = new WeakMap<tf.LayersModel, AppliedTransform>();

/** The transform at work in a model, if any. */
export function appliedTransform(model: tf.LayersModel): AppliedTransform | undefined {
  return applied.get(model);
}

/**
 * Puts a weight transform into a model: from now on every selected dense or convolution layer uses
 * `transform.apply(kernel)` in place of its kernel. Works in place on any LayersModel, a user's own or one loaded from
 * disk; `summary`, `fit`, `predict` and `save` work as before, and the saved model is a plain one that stock tfjs loads,
 * with the transform named in its metadata for `loadModel`. A transform that is in the model already is replaced.
 *
 * @throws RangeError if a pattern matches no kernel or none is selected
 */
export function applyTransform(
  model: tf.LayersModel,
  transform: WeightTransform,
  selection: KernelSelection = {},
): AppliedTransform {
  const kernels = selectKernels('applyTransform', model, selection);
  applied.get(model)?.remove();
  const step = new TrainingStep();
  const prepared = new PreparedKernels(transform, kernels, step);
  const restores = kernels.map((kernel) => transformLayer(kernel, transform, step, prepared));
  const metadata = { transform: { name: transform.name, config: transform.getConfig() }, selection };
  const userMetadata = (model.getUserDefinedMetadata() ?? {}) as Record<string, unknown>;
  model.setUserDefinedMetadata({ ...userMetadata, winnow: metadata });

  const result: AppliedTransform = {
    transform,
    kernels,
    step,
    remove() {
      if (applied.get(model) !== result) return;
      for (const restore of restores) restore();
      prepared.dispose();
      step.dispose();
      applied.delete(model);
      const { winnow: _, ...rest } = model.getUserDefinedMetadata() as Record<string, unknown>;
      model.setUserDefinedMetadata(rest);
    },
  };
  applied.set(model, result);
  return result;
}

/** What `applyTransform` leaves in a saved model's metadata. */
export interface TransformMetadata {
  transform: { name: string; config: Record<string, unknown> };
  selection: KernelSelection;
}

function transformLayer(
  { layer, path }: ModelKernel,
  transform: WeightTransform,
  step: TrainingStep,
  prepared: PreparedKernels,
): () => void {
  const variable = layer.kernel;
  const hadOwnCall = Object.hasOwn(layer, 'call');
  const stockCall = layer.call;
  layer.call = function (this: KernelLayer, inputs, kwargs) {
    const training = kwargs?.['training'] === true;
    if (training) step.enter(path);
    const ready = training ? prepared.take(path) : undefined;
    try {
      return tf.tidy(() => {
        const kernel = ready ?? transform.apply(variable.read(), { path, step: step.tensor(), training });
        // The layer computes with whatever `this.kernel.read()` gives while it runs; its variable stays in place for saving.
        this.kernel = readingAs(variable, kernel);
        try {
          return stockCall.call(this, inputs, kwargs);
        } finally {
          this.kernel = variable;
        }
      });
    } finally {
      // What the backward pass needs of it, tfjs has kept for itself.
      ready?.dispose();
    }
  };
  return () => {
    if (hadOwnCall) layer.call = stockCall;
    else delete (layer as Partial<KernelLayer>).call;
  };
}

function readingAs(variable: LayerVariable, kernel: tf.Tensor): LayerVariable {
  return Object.create(variable, { read: { value: () => kernel } }) as LayerVariable;
}
