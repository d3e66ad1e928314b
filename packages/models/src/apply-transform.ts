import * as tf from '@tensorflow/tfjs';
import type { KernelSelection } from '@winnow/graph';
import { checkKeys } from '@winnow/native/value-checks';
import type { Granularity, OptimizerMemory, WeightTransform } from '@winnow/ops';
import { checkModel } from './check-model.js';
import { type KernelLayer, type ModelKernel, selectKernels } from './kernel-layers.js';
import { layerParts } from './layer-parts.js';
import { MethodAtWork } from './method-at-work.js';
import type { AppliedVariable, OwnVariables } from './own-variables.js';
import { PreparedKernels } from './prepared-kernels.js';
import { savingVariables } from './saving-variables.js';
import { TrainingStep } from './training-step.js';

/** A transform applied to a model. */
export interface AppliedTransform {
  readonly transform: WeightTransform;
  /** The transformed kernels, in the order of the model's layers. */
  readonly kernels: readonly ModelKernel[];
  /** The training step as the transform sees it. `train` sets it; `model.fit` advances it. */
  readonly step: TrainingStep;
  /** The method's own variables. Train them if `trainable`, and save them with the model's. */
  readonly variables: readonly AppliedVariable[];
  /** The method's term of this step's loss, if any. */
  penalty(): tf.Scalar | undefined;
  /**
   * Call after the optimizer's step: updates masks and switches.
   *
   * @param optimizer that did the step: `sgd` or `adam` of @winnow/ops, or `tf.train.sgd`. Methods that reset its memory of
   *   the weights they replace (RigL, SET, SRigL) need it.
   * @throws TypeError if such a method gets no optimizer, or one whose memory cannot be reached
   */
  afterStep(optimizer?: OptimizerMemory | tf.Optimizer): void;
  /**
   * Whether weight decay applies to a variable. Undefined for a variable that is neither a transformed kernel nor one
   * of the method's own.
   */
  isDecayed(variable: tf.Variable): boolean | undefined;
  /**
   * The scores that pruning ranks, lowest first: of the kernel's shape for granularity `'weight'`, `[units]` for
   * `'unit'`. The caller disposes them.
   */
  scores(kernel: ModelKernel, granularity: Granularity): tf.Tensor;
  /**
   * The weights that the method is designed to keep: bool of the kernel's shape, or undefined. The caller disposes it.
   */
  targetMask(kernel: ModelKernel, granularity: Granularity): tf.Tensor | undefined;
  /**
   * Writes the kernels as evaluation sees them into the model (gates multiplied in), and removes the transform. The
   * model is then a plain one.
   */
  bake(): void;
  /** Removes the transform. The model is as it was before. */
  remove(): void;
}

const applied = new WeakMap<tf.LayersModel, AppliedTransform>();
const ownVariables = new WeakMap<AppliedTransform, OwnVariables>();

/** The transform applied to a model, if any. */
export function appliedTransform(model: tf.LayersModel): AppliedTransform | undefined {
  return applied.get(model);
}

/**
 * Applies a weight transform to a model in place: every selected dense or convolution layer computes with
 * `transform.apply(kernel)` instead of its kernel. Works for any LayersModel, your own or one loaded from disk.
 * `summary`, `fit`, `predict` and `save` work as before. The saved model loads in stock tfjs; its metadata names the
 * transform, so that `loadModel` can apply it again. Replaces a transform that was applied before.
 *
 * @throws TypeError for what is no model or no transform; RangeError for an option that does not exist, if a pattern
 *   matches no kernel or none is selected
 */
export function applyTransform(
  model: tf.LayersModel,
  transform: WeightTransform,
  selection: KernelSelection = {},
): AppliedTransform {
  checkModel('applyTransform', model);
  checkTransform('applyTransform', transform);
  checkKeys('applyTransform', 'selection', selection, ['include', 'exclude']);
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
    afterStep: (optimizer) => method.afterStep(optimizer),
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

/** @throws TypeError unless it has what every transform has */
function checkTransform(op: string, transform: unknown): void {
  const { name, apply, getConfig } = (transform ?? {}) as Partial<WeightTransform>;
  if (typeof name === 'string' && typeof apply === 'function' && typeof getConfig === 'function') return;
  const what = typeof transform === 'object' && transform !== null ? `{${Object.keys(transform)}}` : String(transform);
  throw new TypeError(`${op}: transform must have name, apply and getConfig, got ${what}`);
}

/** The metadata of a saved model with a transform. */
export interface TransformMetadata {
  transform: { name: string; config: Record<string, unknown> };
  selection: KernelSelection;
  /** Encoded by `OwnVariables`; added when the model is saved. */
  variables?: unknown;
}

/** Restores the transform's own variables from a saved model's metadata. */
export function restoreVariables(applied: AppliedTransform, encoded: unknown): void {
  ownVariables.get(applied)?.decode(encoded);
}

/**
 * The reason why `model.fit`, which only knows the model's variables and its loss, cannot train with a method;
 * undefined if it can.
 */
function needsLoop(transform: WeightTransform): string | undefined {
  if (!transform.penalty && !transform.afterStep && !transform.variables) return undefined;
  return `method '${transform.name}' has a penalty, variables or masks of its own, which model.fit would ignore; train with train() of @winnow/training, or set the step in your own loop`;
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
      // tfjs keeps what the backward pass needs.
      ready?.dispose();
    }
  };
  return () => {
    if (hadOwnCall) layer.call = stockCall;
    else delete (layer as Partial<KernelLayer>).call;
  };
}
