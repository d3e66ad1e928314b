import * as tf from '@tensorflow/tfjs';
import type { KernelLayout } from '@winnow/graph';
import {
  type Granularity,
  type OptimizerMemory,
  rankScores,
  type TransformContext,
  type WeightTransform,
} from '@winnow/ops';
import { asMethod } from './gradient-tape.js';
import { KernelGradients } from './kernel-gradients.js';
import { asLayerHas, unitsLast } from './kernel-layout.js';
import { memoryOf } from './optimizer-memory.js';
import { type AppliedVariable, OwnVariables } from './own-variables.js';
import { TrainingStep } from './training-step.js';
import { type WritableVariable, writeVariable } from './write-variable.js';

/** A kernel and where it is in its model. */
export interface PathKernel {
  readonly path: string;
  readonly variable: tf.Variable;
  /** Which axes count its units. Default: the last. */
  readonly layout?: KernelLayout;
  /** What a layer reads it from, if it is a layer's. */
  readonly source?: WritableVariable;
}

/**
 * A method in a model of any kind: its step, its own variables, and all that it does besides giving layers their
 * kernels. Running the layers is the model's concern. The method sees every kernel with its units on the last axis.
 */
export class MethodAtWork {
  readonly own: OwnVariables;
  readonly gradients = new KernelGradients();
  private readonly paths: ReadonlyMap<string, PathKernel>;

  /** @param kernels in the order of the model's layers */
  constructor(
    readonly transform: WeightTransform,
    readonly kernels: readonly PathKernel[],
    readonly step = new TrainingStep(),
  ) {
    this.paths = new Map(kernels.map((kernel) => [kernel.path, kernel]));
    const views = this.views();
    try {
      this.own = new OwnVariables(transform, views);
    } finally {
      for (const { path, variable } of kernels) if (views.get(path) !== variable) views.get(path)?.dispose();
    }
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
    return asMethod(() =>
      this.transform.prepare?.(this.views(), {
        step: this.step.tensor(),
        training: true,
        variables: this.own.byPath,
      }),
    );
  }

  /**
   * The kernel that a layer uses, with its units last, given what `prepare` made of it, if anything. To be called in a
   * tidy.
   */
  kernel(path: string, training: boolean, prepared?: tf.Tensor): tf.Tensor {
    const { variable, layout } = this.paths.get(path) as PathKernel;
    const kernel =
      prepared ?? asMethod(() => this.transform.apply(unitsLast(variable, layout), this.context(path, training)));
    const watches = training && this.transform.needsGradient?.(this.step.value);
    return watches ? this.gradients.watch(path, this.step.value, kernel) : kernel;
  }

  /** Whether the method makes another tensor of a kernel than its variable. */
  changes(path: string, training: boolean): boolean {
    const { variable, layout } = this.paths.get(path) as PathKernel;
    return tf.tidy(() => {
      const kernel = unitsLast(variable, layout);
      return asMethod(() => this.transform.apply(kernel, this.context(path, training))).id !== kernel.id;
    });
  }

  /** The method's term for the loss of this step, if it has one. */
  penalty(): tf.Scalar | undefined {
    const context = { step: this.step.tensor(), training: true, variables: this.own.byPath };
    const { transform } = this;
    if (transform.penalty === undefined) return undefined;
    if (this.kernels.every(({ layout = 'unitsLast' }) => layout === 'unitsLast')) {
      return asMethod(() => transform.penalty?.(this.views(), context));
    }
    return asMethod(() => tf.tidy(() => transform.penalty?.(this.views(), context) as tf.Scalar));
  }

  /**
   * To be called after the optimizer has done this step: masks are renewed, switches turned off.
   *
   * @param optimizer that did the step; needed by methods that reset its memory of the weights they replace
   * @throws TypeError if such a method is not given one, or one whose memory cannot be reached
   */
  afterStep(optimizer?: OptimizerMemory | tf.Optimizer): void {
    if (this.transform.afterStep === undefined) return;
    const { step, gradients, own, transform } = this;
    const memory = this.transform.forgets ? memoryOf(this.transform.name, optimizer) : undefined;
    const needsGradient = transform.needsGradient?.(step.value) ?? false;
    const rearranged: { kernel: PathKernel; seen: tf.Variable }[] = [];
    try {
      const kernels = this.kernels.map((kernel) => {
        const { path, variable, layout } = kernel;
        const gradient = gradients.of(path, step.value);
        if (needsGradient && gradient === undefined) throw noGradient(transform.name, path);
        const variables = own.byPath.get(path) ?? {};
        const forget =
          memory &&
          ((entries: tf.Tensor) => tf.tidy(() => memory.forget(variable, asLayerHas(entries, layout, variable.shape))));
        const seen = layout === undefined || layout === 'unitsLast' ? variable : copyOf(variable, layout);
        if (seen !== variable) rearranged.push({ kernel, seen });
        return [path, { kernel: seen, variables, ...(gradient && { gradient }), ...(forget && { forget }) }] as const;
      });
      tf.tidy(() => {
        const before = rearranged.map(({ seen }) => seen.dataId);
        transform.afterStep?.(step.value, new Map(kernels));
        rearranged.forEach(({ kernel: { variable, layout }, seen }, i) => {
          if (seen.dataId !== before[i]) variable.assign(asLayerHas(seen, layout, variable.shape));
        });
      });
    } finally {
      for (const { seen } of rearranged) seen.dispose();
    }
    gradients.dispose();
  }

  /**
   * Whether weight decay acts on a variable; one that is neither the method's own nor a kernel of it is not its
   * concern.
   */
  isDecayed(variable: tf.Variable): boolean | undefined {
    const mine = this.own.list.find((entry) => entry.variable === variable);
    if (mine) return mine.decayed;
    const isKernel = this.kernels.some((kernel) => kernel.variable === variable);
    return isKernel ? (this.transform.decaysKernels ?? true) : undefined;
  }

  /**
   * What pruning ranks, lowest first: the kernel's shape with its units last at granularity `'weight'`, `[units]` at
   * `'unit'`. The caller disposes.
   */
  scores({ path, variable, layout }: PathKernel, granularity: Granularity): tf.Tensor {
    return tf.tidy(() => {
      const context = { path, granularity, variables: this.own.of(path) };
      const kernel = unitsLast(variable, layout);
      return this.transform.scores?.(kernel, context) ?? rankScores(tf.abs(kernel), granularity);
    });
  }

  /**
   * The weights that the method means to keep, if it means any: bool of the kernel's shape with its units last. The
   * caller disposes.
   */
  targetMask({ path, variable, layout }: PathKernel, granularity: Granularity): tf.Tensor | undefined {
    const context = { path, granularity, variables: this.own.of(path) };
    return tf.tidy(() => this.transform.targetMask?.(unitsLast(variable, layout), context)) as tf.Tensor | undefined;
  }

  /** The kernel that evaluation sees, as its layer has it. The caller disposes. */
  evaluated({ path, variable, layout }: PathKernel): tf.Tensor {
    return tf.tidy(() => tf.clone(asLayerHas(this.kernel(path, false), layout, variable.shape)));
  }

  /**
   * Writes the kernels that evaluation sees into the model's variables: gates and masks multiplied in. As whenever
   * tf.layers writes or loads a weight, its constraint is applied.
   */
  writeKernels(): void {
    tf.tidy(() => {
      for (const kernel of this.kernels) {
        const seen = this.evaluated(kernel);
        if (kernel.source) writeVariable(kernel.source, seen);
        else kernel.variable.assign(seen);
      }
    });
  }

  /** Frees the method's own variables, its step and what it kept of gradients. */
  dispose(): void {
    this.gradients.dispose();
    this.own.dispose();
    this.step.dispose();
  }

  /** The kernels as the method sees them. Those that are that way already are the variables themselves. */
  private views(): ReadonlyMap<string, tf.Variable> {
    return new Map(
      this.kernels.map(({ path, variable, layout }) => [path, unitsLast(variable, layout) as tf.Variable]),
    );
  }
}

function copyOf(variable: tf.Variable, layout: KernelLayout): tf.Variable {
  return tf.tidy(() => tf.variable(unitsLast(variable, layout), false));
}

function noGradient(method: string, path: string): Error {
  return new Error(
    `afterStep: method '${method}' needs the gradient of '${path}' in this step, ` +
      'and the loss gave none: it does not depend on it. Apply the transform again, without it',
  );
}
