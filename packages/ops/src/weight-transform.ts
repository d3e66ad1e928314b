import type * as tf from '@tensorflow/tfjs';
import type { Granularity } from './kernel-matrix.js';
import type { RankScope } from './rank-mask/rank-mask.js';

/** A method's own variables for one kernel, by name. */
export type OwnTensors = Readonly<Record<string, tf.Tensor>>;

/** What a transform learns about the kernel it is given. */
export interface TransformContext {
  /** Path of the kernel in the model, such as `stage2_block1_conv1/kernel`. */
  readonly path: string;
  /** int32 scalar: the training step, from 0. */
  readonly step: tf.Scalar;
  /** Whether the model runs in training mode. */
  readonly training: boolean;
  /** The method's own variables for this kernel, as declared by `variables`. Most methods have none. */
  readonly variables?: OwnTensors;
}

/** What `prepare` and `penalty` learn: the step, and the method's own variables by kernel path. */
export interface NetworkContext {
  readonly step: tf.Scalar;
  readonly training: boolean;
  readonly variables?: ReadonlyMap<string, OwnTensors>;
}

/** What `scores` and `targetMask` learn about a kernel. */
export interface RankContext {
  readonly path: string;
  readonly granularity: Granularity;
  readonly variables?: OwnTensors;
}

/** One of a method's own variables for a kernel, such as a gate, log σ² or a mask. */
export interface OwnVariable {
  /** Initial value, float32: a new tensor, disposed by the caller. */
  readonly initial: tf.Tensor;
  /** Whether the optimizer trains it. Default false. */
  readonly trainable?: boolean;
  /** Whether weight decay applies to it. Default false. */
  readonly decayed?: boolean;
}

/** The kernel to make variables for. `kernels` holds all kernels of the network in layer order. */
export interface OwnVariableRequest {
  readonly path: string;
  readonly kernel: tf.Tensor;
  readonly kernels: ReadonlyMap<string, tf.Tensor>;
}

/** A kernel after the optimizer's step. */
export interface SteppedKernel {
  readonly kernel: tf.Variable;
  readonly variables: Readonly<Record<string, tf.Variable>>;
  /**
   * Gradient of the loss with respect to the whole kernel that the layer used, masked weights included, from before the
   * step. Present if `needsGradient` asked for it.
   */
  readonly gradient?: tf.Tensor;
  /**
   * Sets to zero what the optimizer remembers of some of the kernel's weights: bool of its shape, true = forgotten.
   * There where the transform says that it `forgets`.
   */
  readonly forget?: (entries: tf.Tensor) => void;
}

/** The parts of a layer, for methods that need its activations. */
export interface LayerParts {
  /** Runs the whole layer with a kernel: linear map, bias and activation. */
  run(inputs: tf.Tensor, kernel: tf.Tensor): tf.Tensor;
  /** Runs only the linear map, without bias and activation. */
  linear(inputs: tf.Tensor, kernel: tf.Tensor): tf.Tensor;
  /** Applies bias and activation to the result of `linear`. */
  finish(outputs: tf.Tensor): tf.Tensor;
}

/**
 * What a layer does to its kernel before using it. Every kernel is given with its units on the last axis; where a layer
 * stores it otherwise (depthwise and transposed convolutions), the model rearranges what goes in and comes out. Every
 * method of sparse training implements this in one small file; only `name`, `apply` and `getConfig` are required.
 * Everything must depend only on seed and step, so that a resumed run continues with the same bits.
 */
export interface WeightTransform {
  /** Name under which the method is registered for loading, such as `targeted-dropout`. */
  readonly name: string;
  /**
   * The kernel to use in this step or, if not `training`, in evaluation. Must be pure: randomness comes only from the
   * seed and the step. `withCutWeights` says of it which weights are cut, so that layers can leave them out.
   */
  apply(kernel: tf.Tensor, context: TransformContext): tf.Tensor;
  /**
   * Makes the kernels of a whole training pass at once, by path, instead of one `apply` per kernel: for methods that
   * need only one native call. Must return what `apply` would. `apply` still runs for missing paths and outside
   * training. Return new tensors; the caller disposes them. Most methods do not need this.
   */
  prepare?(kernels: ReadonlyMap<string, tf.Tensor>, context: NetworkContext): ReadonlyMap<string, tf.Tensor>;
  /** A term of the loss over the kernels by path (L1, L0, variational, Smallify). Most methods have none. */
  penalty?(kernels: ReadonlyMap<string, tf.Variable>, context: NetworkContext): tf.Scalar;
  /**
   * Declares the method's own variables for a kernel. They are created when the transform is applied to a model, and
   * trained and saved with it. Runs in a tidy.
   */
  variables?(request: OwnVariableRequest): Readonly<Record<string, OwnVariable>>;
  /**
   * Computes the layer itself instead of running it with the kernel from `apply`, for local reparameterisation or unit
   * dropout.
   */
  forward?(inputs: tf.Tensor, kernel: tf.Tensor, layer: LayerParts, context: TransformContext): tf.Tensor;
  /** Whether `afterStep` of this step needs the gradient of the whole kernel that the layer used. */
  needsGradient?(step: number): boolean;
  /**
   * Called after the optimizer's step number `step`, from 0. Changes kernels and own variables with `assign`. Runs in a
   * tidy. The kernels are in layer order.
   */
  afterStep?(step: number, kernels: ReadonlyMap<string, SteppedKernel>): void;
  /**
   * Whether `afterStep` resets the optimizer's memory of weights that it replaces, so that it needs the optimizer.
   * Default false.
   */
  readonly forgets?: boolean;
  /**
   * The scores that pruning ranks, lowest first: of the kernel's shape for granularity `'weight'`, `[units]` for
   * `'unit'`. Default: |w|, or the columns' L2 norm.
   */
  scores?(kernel: tf.Tensor, context: RankContext): tf.Tensor;
  /** Which scores pruning ranks together for granularity `'weight'`. Default `'column'`. */
  readonly pruningScope?: RankScope;
  /** The weights that the method is designed to keep after training: bool of the kernel's shape, true = kept. */
  targetMask?(kernel: tf.Tensor, context: RankContext): tf.Tensor;
  /** Whether weight decay applies to the kernels. Default true. */
  readonly decaysKernels?: boolean;
  /** Configuration from which the registered factory can remake this transform. Saved with the model. */
  getConfig(): Record<string, unknown>;
}

type Factory = (config: Record<string, unknown>) => WeightTransform;

const factories = new Map<string, Factory>();

/**
 * Registers a transform, so that saved models that use it can be loaded.
 *
 * @throws Error if the name is already registered
 */
export function registerTransform(name: string, factory: Factory): void {
  const known = factories.get(name);
  if (known !== undefined && known !== factory) throw new Error(`registerTransform: '${name}' is already registered`);
  factories.set(name, factory);
}

/**
 * Makes the transform that a saved model names.
 *
 * @throws RangeError if no transform of that name is registered
 */
export function createTransform(name: string, config: Record<string, unknown>): WeightTransform {
  const factory = factories.get(name);
  if (factory === undefined) {
    const known = [...factories.keys()].map((key) => `'${key}'`).join(', ');
    throw new RangeError(
      `createTransform: name must be one of ${known}, got '${name}'; import the package that defines it`,
    );
  }
  return factory(config);
}
