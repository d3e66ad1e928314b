import * as tf from '@tensorflow/tfjs';
import {
  type Granularity,
  type OptimizerMemory,
  rankScores,
  type TransformContext,
  type WeightTransform,
} from '@winnow/ops';
import { KernelGradients } from './kernel-gradients.js';
import { memoryOf } from './optimizer-memory.js';
import { type AppliedVariable, OwnVariables } from './own-variables.js';
import { TrainingStep } from './training-step.js';

/** A kernel and where it is in its model. */
export interface PathKernel {
  readonly path: string;
  readonly variable: tf.Variable;
}

/**
 * A method in a model of any kind: its step, its own variables, and all that it does besides giving layers their kernels. Running
 * the layers is the model's concern.
 */
export class MethodAtWork {
  readonly own: OwnVariables;
  readonly gradients = new KernelGradients();
  private readonly paths: ReadonlyMap<string, tf.Variable>;

  /** @param kernels in the order of the model's layers */
  constructor(
    readonly transform: WeightTransform,
    readonly kernels: readonly PathKernel[],
    readonly step = new TrainingStep(),
  ) {
    this.paths = new Map(kernels.map(({ path, variable }) => [path, variable]));
    this.own = new OwnVariables(transform, this.paths);
  }

  /** The method's own variables, to be trained (where `trainable`) and saved together with the model's. */
  get variables(): readonly AppliedVariable[] {
    return this.own.list;
  }

  /** What the method is told about a kernel in this step. */
  context(path: string, training: boolean): TransformContext {
    return { path, step: this.step.tensor(), training, variables: this.own.of(path) };
  }

  /** The kernels of a whole training pass, where the method makes them together. The caller disposes them. */
  prepare(): ReadonlyMap<string, tf.Tensor> | undefined {
    return this.transform.prepare?.(this.paths, {
      step: this.step.tensor(),
      training: true,
      variables: this.own.byPath,
    });
  }

  /** The kernel that a layer uses, given what `prepare` made of it, if anything. To be called in a tidy. */
  kernel(path: string, training: boolean, prepared?: tf.Tensor): tf.Tensor {
    const raw = this.paths.get(path) as tf.Variable;
    const kernel = prepared ?? this.transform.apply(raw, this.context(path, training));
    const watches = training && this.transform.needsGradient?.(this.step.value);
    return watches ? this.gradients.watch(path, this.step.value, kernel) : kernel;
  }

  /** The method's term for the loss of this step, if it has one. */
  penalty(): tf.Scalar | undefined {
    const context = { step: this.step.tensor(), training: true, variables: this.own.byPath };
    return this.transform.penalty?.(this.paths, context);
  }

  /**
   * To be called after the optimizer has done this step: masks are renewed, switches turned off.
   *
   * @param optimizer that did the step; needed by methods that reset its memory of the weights they replace
   * @throws TypeError if such a method is not given one, or one whose memory cannot be reached
   */
  afterStep(optimizer?: OptimizerMemory | tf.Optimizer): void {
    if (this.transform.afterStep === undefined) return;
    const { step, gradients, own } = this;
    const memory = this.transform.forgets ? memoryOf(this.transform.name, optimizer) : undefined;
    const kernels = this.kernels.map(({ path, variable }) => {
      const gradient = gradients.of(path, step.value);
      const variables = own.byPath.get(path) ?? {};
      const forget = memory && ((entries: tf.Tensor) => memory.forget(variable, entries));
      return [path, { kernel: variable, variables, ...(gradient && { gradient }), ...(forget && { forget }) }] as const;
    });
    tf.tidy(() => this.transform.afterStep?.(step.value, new Map(kernels)));
    gradients.dispose();
  }

  /** Whether weight decay acts on a variable; one that is neither the method's own nor a kernel of it is not its concern. */
  isDecayed(variable: tf.Variable): boolean | undefined {
    const mine = this.own.list.find((entry) => entry.variable === variable);
    if (mine) return mine.decayed;
    const isKernel = this.kernels.some((kernel) => kernel.variable === variable);
    return isKernel ? (this.transform.decaysKernels ?? true) : undefined;
  }

  /** What pruning ranks, lowest first: the kernel's shape at granularity `'weight'`, `[units]` at `'unit'`. The caller disposes. */
  scores({ path, variable }: PathKernel, granularity: Granularity): tf.Tensor {
    return tf.tidy(() => {
      const context = { path, granularity, variables: this.own.of(path) };
      return this.transform.scores?.(variable, context) ?? rankScores(tf.abs(variable), granularity);
    });
  }

  /** The weights that the method means to keep, bool of the kernel's shape, if it means any. The caller disposes. */
  targetMask({ path, variable }: PathKernel, granularity: Granularity): tf.Tensor | undefined {
    return tf.tidy(() => this.transform.targetMask?.(variable, { path, granularity, variables: this.own.of(path) })) as
      | tf.Tensor
      | undefined;
  }

  /** Writes the kernels that evaluation sees into the model's variables: gates and masks multiplied in. */
  writeKernels(): void {
    tf.tidy(() => {
      for (const { path, variable } of this.kernels) variable.assign(tf.clone(this.kernel(path, false)));
    });
  }

  /** Frees the method's own variables, its step and what it kept of gradients. */
  dispose(): void {
    this.gradients.dispose();
    this.own.dispose();
    this.step.dispose();
  }
}
