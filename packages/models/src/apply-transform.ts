import type * as tf from '@tensorflow/tfjs';
import { graphOf, type KernelSelection, type SkippedKernel } from '@winnow/graph';
import type { Granularity, OptimizerMemory, WeightTransform } from '@winnow/ops';
import { checkModel } from './check-model.js';
import { checkNotFrozen } from './frozen-kernels.js';
import { chooseKernels, type ModelKernel, modelKernels } from './kernel-layers.js';
import { ownLayers } from './lend-kernels.js';
import { MethodAtWork } from './method-at-work.js';
import type { AppliedVariable, OwnVariables } from './own-variables.js';
import { PreparedKernels } from './prepared-kernels.js';
import { saveWith } from './saving-transforms.js';
import { TrainingStep } from './training-step.js';
import { transformLayers } from './transform-layers.js';

/** A transform applied to a model. */
export interface AppliedTransform {
  readonly transform: WeightTransform;
  /** The transformed kernels, in the order of the model's layers. */
  readonly kernels: readonly ModelKernel[];
  /** Kernels that stay as they are although nobody asked for that, and why. */
  readonly skipped: readonly SkippedKernel[];
  /** The training step as the transform sees it. `train` sets it; `model.fit` advances it. */
  readonly step: TrainingStep;
  /** The method's own variables. Train them if `trainable`, and save them with the model's. */
  readonly variables: readonly AppliedVariable[];
  /** The method's term of this step's loss, if any. */
  penalty(): tf.Scalar | undefined;
  /**
   * Call after the optimizer's step: updates masks and switches.
   *
   * @param optimizer that did the step: `sgd` or `adam` of @winnow/ops, or one of `tf.train`. Methods that reset its
   *   memory of the weights they replace (RigL, SET, SRigL) need it.
   * @throws TypeError if such a method gets no optimizer; Error if a layer was frozen after `applyTransform`
   */
  afterStep(optimizer?: OptimizerMemory | tf.Optimizer): void;
  /**
   * Whether weight decay applies to a variable. Undefined for a variable that is neither a transformed kernel nor one
   * of the method's own.
   */
  isDecayed(variable: tf.Variable): boolean | undefined;
  /**
   * The scores that pruning ranks, lowest first: of the kernel's shape with its units last (`unitsLast`) for
   * granularity `'weight'`, `[units]` for `'unit'`. The caller disposes them.
   */
  scores(kernel: ModelKernel, granularity: Granularity): tf.Tensor;
  /**
   * The weights that the method is designed to keep: bool of the kernel's shape with its units last, or undefined. The
   * caller disposes it.
   */
  targetMask(kernel: ModelKernel, granularity: Granularity): tf.Tensor | undefined;
  /** The kernel as evaluation sees it (masks and gates multiplied in), in its layer's shape. The caller disposes it. */
  evaluated(kernel: ModelKernel): tf.Tensor;
  /**
   * Writes the kernels as evaluation sees them into the model (masks and gates multiplied in, also where a layer was
   * frozen since), and removes the transform. The model is then a plain one: call this before `save` or `exportWeights`
   * if stock tfjs or PyTorch is to compute what this model does. `prune` alone cuts raw weights, and is not enough. A
   * constraint of a kernel (`kernelConstraint`) is applied once more, as tf.layers does when it loads the saved model.
   */
  bake(): void;
  /** Removes the transform. The model is as it was before. */
  remove(): void;
}

const applied = new WeakMap<tf.LayersModel, AppliedTransform>();
const ownVariables = new WeakMap<AppliedTransform, OwnVariables>();
/** What transforms a kernel's variable, or runs within a layer that the network calls. */
const claims = new WeakMap<object, { result: AppliedTransform; model: tf.LayersModel; metadata: TransformMetadata }>();

/**
 * The transform applied to a model, if any: its own, or that of the one model within it (or of the same layers) that
 * has one.
 */
export function appliedTransform(model: tf.LayersModel): AppliedTransform | undefined {
  const own = applied.get(model);
  if (own) return own;
  checkModel('appliedTransform', model);
  const [only, ...others] = appliedWithin(model);
  return others.length === 0 ? only : undefined;
}

/**
 * All transforms whose kernels are a model's: its own, and those of models that share its layers, such as nested ones.
 */
export function transformsWithin(model: tf.LayersModel): AppliedTransform[] {
  checkModel('transformsWithin', model);
  return appliedWithin(model);
}

function appliedWithin(model: tf.LayersModel): AppliedTransform[] {
  const variables = new Set(model.weights.map((weight) => weight.read() as tf.Variable));
  const found = new Set([...variables].flatMap((variable) => claims.get(variable)?.result ?? []));
  return [...found].filter(({ kernels }) => kernels.every(({ variable }) => variables.has(variable)));
}

/** The transform of one kernel, whichever model it was applied to. */
export function transformOf(variable: tf.Variable): AppliedTransform | undefined {
  return claims.get(variable)?.result;
}

/**
 * Applies a weight transform to a model in place: every selected layer computes with `transform.apply(kernel)` instead
 * of its kernel. Works for any LayersModel, your own or one loaded from disk. `summary`, `fit`, `predict` and `save`
 * work as before. The saved model loads in stock tfjs; its metadata names the transform, so that `loadModel` can apply
 * it again. Saved (and exported) are the raw weights, so that training can go on: stock tfjs predicts the same as this
 * model only for a method without masks and gates, or after `bake()`. What the transform leaves out is listed
 * in `skipped` of the result, with the reasons. A model has one transform: combine two with `combineTransforms`.
 *
 * @throws TypeError for what is no model or no transform; RangeError for an option that does not exist, if a pattern
 *   matches no kernel or none is selected; Error if the model, or a selected layer through another model, has a
 *   transform already. Nothing has changed then
 */
export function applyTransform(
  model: tf.LayersModel,
  transform: WeightTransform,
  selection: KernelSelection = {},
): AppliedTransform {
  checkModel('applyTransform', model);
  checkTransform('applyTransform', transform);
  const { kernels, skipped } = chooseKernels('applyTransform', model, selection, transform);
  checkUntransformed(model);
  checkClaims(kernels);
  const winnow: TransformMetadata = {
    transform: { name: transform.name, config: transform.getConfig() },
    selection,
    kernels: kernels.map(({ path }) => path),
  };
  const calls = new Map(kernels.flatMap(({ hosts }) => hosts.map(({ path, calls }) => [path, calls] as const)));
  const checkPass = () => checkNotFrozen('applyTransform', transform.name, kernels, model.trainableWeights);
  const method = new MethodAtWork(transform, kernels, new TrainingStep(needsLoop(transform), calls, checkPass));
  const prepared = new PreparedKernels(method);
  const restore = transformLayers(kernels, method, prepared, ownLayers(graphOf(model).layers));
  const userMetadata = (model.getUserDefinedMetadata() ?? {}) as Record<string, unknown>;
  model.setUserDefinedMetadata({ ...userMetadata, winnow });
  saveWith(model, savedTransform);

  const result: AppliedTransform = {
    transform,
    kernels,
    skipped,
    step: method.step,
    variables: method.variables,
    penalty: () => method.penalty(),
    afterStep(optimizer) {
      checkPass();
      method.afterStep(optimizer);
    },
    isDecayed: (variable) => method.isDecayed(variable),
    scores: (kernel, granularity) => method.scores(kernel, granularity),
    targetMask: (kernel, granularity) => method.targetMask(kernel, granularity),
    evaluated: (kernel) => method.evaluated(kernel),
    bake() {
      method.writeKernels();
      result.remove();
    },
    remove() {
      if (applied.get(model) !== result) return;
      restore();
      prepared.dispose();
      method.dispose();
      applied.delete(model);
      for (const claimed of claimedBy(kernels)) claims.delete(claimed);
      const { winnow: _, ...rest } = model.getUserDefinedMetadata() as Record<string, unknown>;
      model.setUserDefinedMetadata(rest);
    },
  };
  applied.set(model, result);
  ownVariables.set(result, method.own);
  for (const claimed of claimedBy(kernels)) claims.set(claimed, { result, model, metadata: winnow });
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
  /** Paths of the kernels that it acts on. In files of earlier versions the selection alone decides. */
  kernels?: readonly string[];
  /** Encoded by `OwnVariables`; added when the model is saved. */
  variables?: unknown;
}

/** Restores the transform's own variables from a saved model's metadata. */
export function restoreVariables(applied: AppliedTransform, encoded: unknown): void {
  ownVariables.get(applied)?.decode(encoded);
}

/** What `model.save` writes of a transform into the metadata, by the paths that the saved model's kernels have. */
function savedTransform(model: tf.LayersModel): TransformMetadata | undefined {
  const [first, ...others] = appliedWithin(model);
  if (first === undefined) return undefined;
  const { metadata, model: owner } = claims.get(first.kernels[0]?.variable as tf.Variable) as {
    metadata: TransformMetadata;
    model: tf.LayersModel;
  };
  if (others.length > 0) {
    const names = [first, ...others].map(({ transform }) => `'${transform.name}'`).join(' and ');
    throw new Error(`save: one model can be saved with one method, got ${names}; bake() or remove() the others first`);
  }
  const own = ownVariables.get(first) as OwnVariables;
  if (owner === model) return { ...metadata, ...(own.list.length > 0 && { variables: own.encode() }) };
  const custom = metadata.selection.custom;
  const paths = new Map(modelKernels(model, custom).map(({ path, variable }) => [variable, path]));
  const renamed = new Map(first.kernels.map(({ path, variable }) => [path, paths.get(variable) as string]));
  return {
    transform: metadata.transform,
    selection: { include: [...renamed.values()], ...(custom && { custom }) },
    kernels: [...renamed.values()],
    ...(own.list.length > 0 && { variables: own.encode(renamed) }),
  };
}

function claimedBy(kernels: readonly ModelKernel[]): object[] {
  return kernels.flatMap(({ variable, hosts }) => [variable, ...hosts.map(({ layer }) => layer)]);
}

function checkUntransformed(model: tf.LayersModel): void {
  const earlier = applied.get(model);
  if (earlier === undefined) return;
  throw new Error(
    `applyTransform: model '${model.name}' has method '${earlier.transform.name}' already; bake() or remove() that ` +
      'first, or combine the two with combineTransforms',
  );
}

function checkClaims(kernels: readonly ModelKernel[]): void {
  for (const kernel of kernels) {
    for (const claimed of claimedBy([kernel])) {
      const other = claims.get(claimed);
      if (other === undefined) continue;
      throw new Error(
        `applyTransform: the layer of '${kernel.path}' has method '${other.result.transform.name}' already, ` +
          `through model ` +
          `'${other.model.name}'; remove() that first, or leave the layer out`,
      );
    }
  }
}

/**
 * The reason why `model.fit`, which only knows the model's variables and its loss, cannot train with a method;
 * undefined if it can.
 */
function needsLoop(transform: WeightTransform): string | undefined {
  if (!transform.penalty && !transform.afterStep && !transform.variables) return undefined;
  return (
    `method '${transform.name}' has a penalty, variables or masks of its own, which model.fit would ignore; ` +
    'give it fitCallbacks(model), train with train() of @winnow/training, or set the step in your own loop'
  );
}
