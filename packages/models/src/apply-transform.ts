import * as tf from '@tensorflow/tfjs';
import type { KernelSelection } from '@winnow/graph';
import type { Granularity, WeightTransform } from '@winnow/ops';
import { type KernelLayer, type ModelKernel, selectKernels } from './kernel-layers.js';
import { layerParts } from './layer-parts.js';
import { MethodAtWork } from './method-at-work.js';
import type { AppliedVariable, OwnVariables } from './own-variables.js';
import { PreparedKernels } from './prepared-kernels.js';
import { savingVariables } from './saving-variables.js';
import { TrainingStep } from './training-step.js';

/** A transform at work in a model. */
export interface AppliedTransform {
  readonly transform: WeightTransform;
  /** The kernels it transforms, in the order of the model's layers. */
  readonly kernels: readonly ModelKernel[];
  /** The step that it sees; the toolkit's `train` sets it, `model.fit` advances it. */
  readonly step: TrainingStep;
  /** The method's own variables, to be trained (where `trainable`) and saved together with the model's. */
  readonly variables: readonly AppliedVariable[];
  /** The method's term for the loss of this step, if it has one. */
  penalty(): tf.Scalar | undefined;
  /** To be called after the optimizer has done this step: masks are renewed, switches turned off. */
  afterStep(): void;
  /** Whether weight decay acts on a variable; one that is neither the method's own nor a kernel of it is not its concern. */
  isDecayed(variable: tf.Variable): boolean | undefined;
  /** What pruning ranks, lowest first: the kernel's shape at granularity `'weight'`, `[units]` at `'unit'`. The caller disposes. */
  scores(kernel: ModelKernel, granularity: Granularity): tf.Tensor;
  /** The weights that the method means to keep, bool of the kernel's shape, if it means any. The caller disposes. */
  targetMask(kernel: ModelKernel, granularity: Granularity): tf.Tensor | undefined;
  /** Writes the kernels that evaluation sees into the model and takes the transform out: a plain model, its gates multiplied in. */
  bake(): void;
  /** Takes the transform out again; the model is as it was before. */
  remove(): void;
}

const applied = new WeakMap<tf.LayersModel, AppliedTransform>();
const ownVariables = new WeakMap<AppliedTransform, OwnVariables>();

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
  const step = new TrainingStep(needsLoop(transform));
  const method = new MethodAtWork(transform, kernels, step);
  const prepared = new PreparedKernels(method);
  const restores = kernels.map((kernel) => transformLayer(kernel, method, prepared));
  const metadata = { transform: { name: transform.name, config: transform.getConfig() }, selection };
  const userMetadata = (model.getUserDefinedMetadata() ?? {}) as Record<string, unknown>;
  model.setUserDefinedMetadata({ ...userMetadata, winnow: metadata });
  restores.push(savingVariables(model, method.own));

  const result: AppliedTransform = {
    transform,
    kernels,
    step,
    variables: method.variables,
    penalty: () => method.penalty(),
    afterStep: () => method.afterStep(),
    isDecayed: (variable) => method.isDecayed(variable),
    scores: (kernel, granularity) => method.scores(kernel, granularity),
    targetMask: (kernel, granularity) => method.targetMask(kernel, granularity),
    bake() {
      method.writeKernels();
      result.remove();
    },
    remove() {
      if (applied.get(model) !== result) return;
      for (const restore of restores) restore();
      prepared.dispose();
      method.dispose();
      applied.delete(model);
      const { winnow: _, ...rest } = model.getUserDefinedMetadata() as Record<string, unknown>;
      model.setUserDefinedMetadata(rest);
    },
  };
  applied.set(model, result);
  ownVariables.set(result, method.own);
  return result;
}

/** What `applyTransform` leaves in a saved model's metadata. */
export interface TransformMetadata {
  transform: { name: string; config: Record<string, unknown> };
  selection: KernelSelection;
  /** Values of the method's own variables, as `OwnVariables` encodes them; put in when the model is saved. */
  variables?: unknown;
}

/** Puts values that a saved model carries back into the transform's own variables. */
export function restoreVariables(applied: AppliedTransform, encoded: unknown): void {
  ownVariables.get(applied)?.decode(encoded);
}

/** Why `model.fit` cannot train with a method, if it cannot: fit knows of the model's own variables and its loss alone. */
function needsLoop(transform: WeightTransform): string | undefined {
  if (!transform.penalty && !transform.afterStep && !transform.variables) return undefined;
  return `method '${transform.name}' has a penalty, variables or masks of its own, which model.fit would leave out; train with train() of @winnow/evaluation, or set the step in your own loop`;
}

function transformLayer({ layer, path }: ModelKernel, method: MethodAtWork, prepared: PreparedKernels): () => void {
  const { transform, step } = method;
  const hadOwnCall = Object.hasOwn(layer, 'call');
  const stockCall = layer.call;
  layer.call = function (this: KernelLayer, inputs, kwargs) {
    const training = kwargs?.['training'] === true;
    if (training) step.enter(path);
    const ready = training ? prepared.take(path) : undefined;
    try {
      return tf.tidy(() => {
        const kernel = method.kernel(path, training, ready);
        const layerItself = layerParts(this, stockCall, kwargs);
        const input = Array.isArray(inputs) ? (inputs[0] as tf.Tensor) : inputs;
        if (transform.forward) return transform.forward(input, kernel, layerItself, method.context(path, training));
        return layerItself.run(input, kernel);
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
